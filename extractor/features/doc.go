// Package features keeps the features of photographs on the disk: in a folder of Arrow IPC files
// that any Arrow reader opens. [Open] opens a folder to append to it, [OpenExisting] to read it;
// [Store.Set] joins the rows with a table of samples.
//
//	DIR/graft.json          what made the features: Meta. Written once.
//	DIR/samples.arrow       the data set as last scanned: Table. Rewritten by every scan.
//	DIR/samples-HASH.arrow  the same for one of several data sets that share DIR
//	DIR/part-*.arrow        rows of features. Never changed.
//
// # Parts
//
// A part has one record batch of 1 to [Options].SealRows rows, without nulls or compression:
//
//	column    type                         meaning
//	key       fixed_size_binary[32]        SHA-256 of the photograph's file
//	view      int32                        0: the whole crop; 1…: augmented views
//	crc       uint32                       CRC-32C of the row's bytes of features
//	features  fixed_size_list<float32>[d]  little-endian; float16 if Meta.Rows says so
//
// and schema metadata:
//
//	graft.format    "1"
//	graft.replaces  names of the parts that this one replaces, separated by spaces
//	graft.seal      "sealed crc32c=XXXXXXXX hole=OOOOOOOOOOOOOOOO+LLLLLLLLLLLLLLLL", hexadecimal
//
// The seal is the CRC-32C of the whole file without the hole, which is where the features lie
// (offset and length), and without the eight digits of the checksum itself in its two copies (an
// Arrow file repeats the schema in its footer). The features are checked row by row as they are
// read, everything else when the part is opened, so no flipped bit is believed. A row with a value
// that is not finite, as earlier versions could write it, is not believed either. In the file, the
// columns key, view, crc and features are contiguous, each padded to 8 bytes.
//
// # Writers
//
// A part appears whole (package durable) under a name that no other writer gives, so any number of
// processes and machines may write one folder. A row that two of them computed is kept twice
// until a merge; the first part by name wins, and the other stands in if its checksum is wrong.
//
// Merging writes a new part that names those it replaces, and removes these afterwards. A part
// that an undamaged one names is not read, so a crash between the two loses and doubles nothing;
// whoever opens the folder for writing next removes it. Mergers lock graft.json without waiting:
// one of them is enough. Removing rows (GC) needs the folder to itself: every writer holds a
// shared lock on it, GC asks for the only one. Locks vanish with their process and leave no file.
// NFS locks files, but no folders: where several machines share a folder over it, GC sees the
// writers of its own machine alone and is for a time when the others do not write.
//
// # Partitions
//
// A store of many millions of rows is a folder of such folders: see [Layout]. A [Sink] appends to a
// store, partitioned or not, without reading it.
//
// # Tables
//
// A table has a row for each sample, in the order of the scan:
//
//	column       type                meaning
//	path         string              relative to the data's root (see below for other encodings)
//	label        string or null
//	split        string or null      train, val or test
//	key          fixed_size_binary[32] or null if the file was not read
//	bytes        int64               size of the file
//	mtime        timestamp[ns, UTC]
//	width        int32               as stored; 0 if not known
//	height       int32
//	error        string or null      why there are no features
//	format       string or null      JPEG, PNG, BMP, TIFF, WebP, PNM or GIF; null: this and what follows was not recorded
//	orientation  int32               of EXIF, 1 to 8
//	bit_depth    int32               bits a channel as stored
//	gray         bool                one colour channel
//	alpha        bool                an alpha channel or a transparent colour
//
// The columns from format on were added later; a table without them is read as one in which they
// are null, 0 and false.
//
// with the metadata graft.format, graft.root (absolute path of the data), graft.scanned (when the
// scan began, RFC 3339) and graft.seal (with an empty hole). A byte of a path or label that is
// not UTF-8 is written as the character U+EF00 + byte, and read back as the byte.
package features
