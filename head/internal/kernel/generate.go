package kernel

//go:generate go run -tags avo ./gen -family dots32 -out dots32_amd64.s -stubs dots32_amd64.go -pkg kernel
//go:generate go run -tags avo ./gen -family dots64 -out dots64_amd64.s -stubs dots64_amd64.go -pkg kernel
//go:generate go run -tags avo ./gen -family combine32 -out combine32_amd64.s -stubs combine32_amd64.go -pkg kernel
//go:generate go run -tags avo ./gen -family combine64 -out combine64_amd64.s -stubs combine64_amd64.go -pkg kernel
//go:generate go run -tags avo ./gen -family rows -out rows_amd64.s -stubs rows_amd64.go -pkg kernel
//go:generate go run -tags avo ./gen -family update -out update_amd64.s -stubs update_amd64.go -pkg kernel
//go:generate go run -tags avo ./gen -family softmax -out softmax_amd64.s -stubs softmax_amd64.go -pkg kernel
//go:generate go run -tags avo ./gen -family neon32 -out neon32_arm64.s
//go:generate go run -tags avo ./gen -family neon64 -out neon64_arm64.s
