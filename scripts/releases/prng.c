/* Wine before 9 has no bcryptprimitives.dll, where Go's runtime gets random numbers from. This one
   function is all that it takes of it; scripts/test-release puts the library into wine's prefix. */
#include <windows.h>

BOOLEAN NTAPI SystemFunction036(PVOID, ULONG);

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE to, SIZE_T bytes) {
	return SystemFunction036(to, (ULONG)bytes);
}
