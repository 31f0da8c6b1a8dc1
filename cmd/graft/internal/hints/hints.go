// Package hints knows what a person can type about an error. The libraries of
// graft give reasons and name no flag, no command and no script: this is the one
// table that does.
package hints

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os/exec"
	"slices"
	"strings"

	"graft/cmd/graft/internal/label"
	"graft/cmd/graft/internal/label/exchange"
	"graft/cmd/graft/internal/label/journal"
	"graft/cmd/graft/internal/label/session"
	"graft/cmd/graft/internal/serve/client"
	"graft/extractor/bucket"
	"graft/extractor/chunks"
	"graft/extractor/dataset"
	"graft/extractor/features"
	"graft/extractor/ingest"
	"graft/extractor/trunk"
	"graft/head"
	"graft/head/check"
	"graft/head/classify"
	"graft/head/train"
	"graft/onnx"
	"graft/onnx/checkpoint"
	"graft/onnx/ort"
	"graft/onnx/precision"
)

// Of is what to do about an error: its own Hint, or what the flags and commands
// of graft can do about it; "" if nothing is known to help.
func Of(err error) string {
	if text := typed(err); text != "" {
		return text
	}
	var hinted interface{ Hint() string }
	if errors.As(err, &hinted) {
		return hinted.Hint()
	}
	return ""
}

// typed is the hint for an error of a library.
func typed(err error) string {
	for _, of := range []func(error) string{ofRuntime, ofTrunk, ofImport, ofHead, ofFolds, ofFeatures, ofStores, ofService, ofLabels} {
		if text := of(err); text != "" {
			return text
		}
	}
	return ""
}

// ofRuntime is about ONNX Runtime and devices.
func ofRuntime(err error) string {
	var library *ort.LibraryError
	var device *ort.DeviceError
	switch {
	case errors.As(err, &device):
		return ofDevice(device)
	case errors.As(err, &library):
		return here().ofLibrary(library)
	}
	return ""
}

// ofDevice is what helps about a device that cannot be used.
func ofDevice(e *ort.DeviceError) string {
	switch e.Problem {
	case ort.ProblemPrecision:
		for _, p := range e.Passed {
			var library *ort.LibraryError
			if errors.As(p.Err, &library) && library.Path == "" {
				return Library(library.Flavour) + ", for --device " + string(p.Kind)
			}
		}
		return "take another --precision or --device"
	case ort.ProblemWeights:
		return `"graft trunk convert TRUNK --dtype fp16 --out FILE" makes such a trunk`
	case ort.ProblemDependency:
		return e.Missing[0].Package + " has it; " + Library(e.Device.Kind.Flavour())
	case ort.ProblemProvider:
		return here().ofProvider(e)
	case ort.ProblemStart:
		return `"graft doctor" says what it needs; --device cpu works everywhere`
	}
	return ""
}

// ofTrunk is about trunks.
func ofTrunk(err error) string {
	var not *onnx.NotTrunkError
	var download *trunk.DownloadError
	var missing *trunk.MissingError
	var few *train.FewTapsError
	var cache *trunk.CacheError
	switch {
	case errors.As(err, &cache):
		return here().ofCache()
	case errors.Is(err, trunk.ErrNone):
		return `"graft trunk fetch" downloads the official one; --trunk FILE names another`
	case errors.As(err, &not) && not.Importable:
		return `"graft trunk import" makes a trunk of it`
	case errors.As(err, &download) && here().ofNetwork(err) != "":
		return here().ofNetwork(err)
	case errors.As(err, &download) && strings.HasPrefix(download.Weights, "hf:"):
		return ofHub(download)
	case errors.As(err, &download):
		return fmt.Sprintf(`without a network, get %s elsewhere and run "graft trunk build --checkpoint FILE"`, download.Weights)
	case errors.As(err, &missing) && missing.Path != "":
		return "name the head's own trunk with --trunk, or train another head"
	case errors.As(err, &missing):
		return "name it with --trunk FILE"
	case errors.As(err, &few) && few.Folder:
		return `"graft extract --tap NAME,NAME --features DIR" makes a folder of several`
	case errors.As(err, &few):
		return `"graft trunk import --taps" keeps more of a model's values`
	}
	return ""
}

// ofHub is about downloads from a hub.
func ofHub(e *trunk.DownloadError) string {
	var status *checkpoint.StatusError
	if errors.As(e, &status) && (status.Code == 401 || status.Code == 403) {
		return "the model may be gated or private: accept its terms on the hub, and put a token into $HF_TOKEN"
	}
	return fmt.Sprintf(`without the hub, get the files of %s elsewhere and run "graft trunk import FOLDER"`, e.Weights)
}

// ofImport is about models that become trunks.
func ofImport(err error) string {
	var output *onnx.OutputError
	var pool *onnx.PoolError
	var layout *onnx.LayoutError
	var normalisation *onnx.NormalisationError
	var size *onnx.SizeError
	var large *onnx.TooLargeError
	var batch *onnx.BatchError
	var contradiction *trunk.ContradictionError
	var worse *trunk.WorseError
	var far *precision.CosineError
	var int8 *trunk.Int8Error
	var not *trunk.NotInt8Error
	switch {
	case errors.As(err, &int8):
		return "leave out --precision int8"
	case errors.As(err, &not):
		return `"graft fit photographs --precision int8" trains a head on a trunk that does; leave out --precision int8 for this one`
	case errors.As(err, &worse), errors.As(err, &far):
		return "stay with the trunk in fp32; --force writes it all the same"
	case errors.As(err, &output):
		return ofOutput(output)
	case errors.As(err, &pool) && pool.Missing:
		return "--pool cls, mean, mean-patches or max; several are put side by side: --pool cls+mean-patches"
	case errors.As(err, &pool):
		return "--pool takes other ways"
	case errors.As(err, &layout) && layout.Map:
		return "--map-layout nchw or --map-layout nhwc"
	case errors.As(err, &layout):
		return "--layout nchw (PyTorch's) or --layout nhwc (TensorFlow's)"
	case errors.As(err, &contradiction):
		return fmt.Sprintf("say which is right with --%s, or leave both unread with --no-config", strings.ReplaceAll(contradiction.Field, " ", "-"))
	case errors.As(err, &normalisation):
		return "--mean and --std on the scale 0…1, or --preset imagenet (0.485,0.456,0.406 and 0.229,0.224,0.225), half (0.5), clip (0.481,0.458,0.408 and 0.269,0.261,0.276) or raw (0 and 1)"
	case errors.As(err, &size) && len(size.Works) > 0:
		return fmt.Sprintf("--crop %d", size.Works[0])
	case errors.As(err, &size) && size.Height > 0:
		return fmt.Sprintf("--crop %dx%d", size.Height, size.Width)
	case errors.As(err, &large):
		return "export it with float16 weights, or take a smaller model"
	case errors.As(err, &batch):
		return "export it with a dynamic batch, in PyTorch: dynamic_axes or dynamic_shapes"
	}
	return ""
}

// ofOutput names the flag that takes the best candidate.
func ofOutput(e *onnx.OutputError) string {
	for _, c := range e.Candidates {
		switch {
		case c.Tokens:
			return fmt.Sprintf("--output %s --pool cls takes the first candidate", c.Name)
		default:
			return fmt.Sprintf("--output %s takes the first candidate", c.Name)
		}
	}
	return "--output NAME takes any value of the graph"
}

// ofHead is about heads.
func ofHead(err error) string {
	var notHead *classify.HeadError
	var unknown *head.UnknownClassesError
	switch {
	case errors.As(err, &unknown):
		return ofUnknown(unknown)
	case errors.As(err, &notHead):
		return `a head is a file that "graft fit --out FILE" wrote; it comes before the photographs`
	case errors.Is(err, train.ErrAllTrainedOn):
		return "--split judges images of a split whatever they were used for"
	}
	return ""
}

// ofUnknown shows classes that are called almost like the head's.
func ofUnknown(e *head.UnknownClassesError) string {
	for _, c := range e.Unknown {
		for _, l := range e.Known {
			how := dataset.Alike(c, l)
			switch {
			case how != "" && strings.Contains(l, "\uFFFD"):
				return fmt.Sprintf("%+q is what an earlier version made of %+q, whose bytes it lost: train the head again", l, c)
			case how != "":
				return fmt.Sprintf("%+q of the data and %+q of the head differ in %s only: give the folder the head's name", c, l, how)
			}
		}
	}
	if len(e.Unknown) < len(e.Data) {
		return "without --strict the other classes are judged"
	}
	return ""
}

// ofFolds is about too few images to set some aside.
func ofFolds(err error) string {
	var folds *head.FoldsError
	if !errors.As(err, &folds) {
		return ""
	}
	const more = "; two images of every class, and five in all, are the least"
	switch folds.Purpose {
	case head.ForPenalty:
		return "--l2 1 sets the penalty without trying others" + more
	case head.ForRate:
		return "--lr 0.001 without --early-stop needs none aside; two images of every class are the least"
	case head.ForCalibration:
		return "leave out --calibrate" + more
	}
	return "two images of every class, and as many in all as there are folds, are the least; --folds 2 makes two"
}

// ofFeatures is about photographs and folders of features.
func ofFeatures(err error) string {
	var archive *dataset.NotArchiveError
	var empty train.EmptyError
	var unlike *train.TapsUnlikeError
	var views *train.ViewsError
	var unknown *ingest.UnknownDataError
	var wrong *ingest.VerifyError
	var parted *train.PartitionedError
	var none *ingest.NoStoreError
	var room *ingest.RoomError
	var planned *chunks.WrongError
	var deadly *chunks.DeadlyError
	var nowhere *chunks.NoDataError
	switch {
	case errors.As(err, &deadly):
		return `"graft work --again" tries it once more`
	case errors.As(err, &nowhere):
		return "mount them there, or say with --data where they are on this machine"
	case errors.As(err, &parted), errors.Is(err, features.ErrPartitions):
		return `"graft fit" with rmsprop and "graft eval" take the store; other commands take its partitions, DIR/0 or DIR/00 and so on, each a folder of features; "graft plan --partitions 1" leads to one`
	case errors.As(err, &none):
		return `of photographs in a bucket "graft plan", "graft work" and "graft finish" make one`
	case errors.As(err, &room):
		return `"graft cache clear --features" makes room; or ` + here().cacheFolder("with more room")
	case errors.As(err, &planned):
		return "name the trunk, tap and transform of the plan, or plan anew"
	case errors.As(err, &archive) && archive.Compression == "":
		return "give a folder, or a csv or jsonl file with --list"
	case errors.As(err, &empty):
		return empty.Hint() + "; --allow-empty leaves it out"
	case errors.Is(err, dataset.ErrLongPath):
		return `--null reads what "find -print0" writes`
	case errors.Is(err, features.ErrNoTable):
		return `"graft extract" makes one`
	case errors.As(err, &unlike):
		return `"graft extract --tap" with both completes them`
	case errors.As(err, &views):
		return fmt.Sprintf(`"graft extract --views %d" computes them`, views.Want)
	case errors.As(err, &unknown):
		return "extract it first, without --verify"
	case errors.As(err, &wrong):
		return ofVerification(wrong.Verification)
	case errors.Is(err, check.ErrFeatures):
		return "graft check photographs"
	}
	return ""
}

// ofStores is about object stores.
func ofStores(err error) string {
	var program *bucket.ProgramError
	var said *bucket.Error
	switch {
	case errors.As(err, &program) && (errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist)):
		return `"go build -C scripts/cloud -o DIR" makes it; put it beside graft, on the path, or name it with $` + bucket.ProgramVariable
	case !errors.As(err, &said):
		return ""
	}
	switch said.Kind {
	case bucket.Denied:
		return "photographs and plans need list and get, a store also put and delete; see which credentials are used: $AWS_PROFILE, $GOOGLE_APPLICATION_CREDENTIALS, $AZURE_STORAGE_ACCOUNT"
	case bucket.NoBucket:
		return "make the bucket first, or look at its name, and at $AWS_ENDPOINT_URL if the store is not Amazon's"
	case bucket.Credentials:
		if said.Op != "open" {
			return "look at $AWS_PROFILE or $AWS_ACCESS_KEY_ID, $GOOGLE_APPLICATION_CREDENTIALS or $AZURE_STORAGE_KEY, and at the clock of this machine"
		}
	case bucket.Region:
		return "set $AWS_REGION"
	case bucket.Unreachable:
		return "look at the network, at $AWS_ENDPOINT_URL if the store is not Amazon's, and at $HTTPS_PROXY and $NO_PROXY"
	case bucket.Certificate:
		return "$SSL_CERT_FILE names certificates to trust; a server without TLS has http:// in $AWS_ENDPOINT_URL"
	case bucket.Missing:
		return "look at the URL"
	}
	return ""
}

// ofService is about services on other machines.
func ofService(err error) string {
	var said *client.Error
	switch {
	case !errors.As(err, &said):
	case said.Status == http.StatusUnauthorized:
		return "--token-file FILE names a file with the token"
	case said.Status == 0:
		return `"graft serve" starts one; --server and --model say which is asked`
	}
	return ""
}

// ofVerification is what cures what "extract --verify" found.
func ofVerification(v *ingest.Verification) string {
	overflows := slices.ContainsFunc(v.Problems, func(p features.Problem) bool { return errors.Is(p, features.ErrNotFinite) })
	switch {
	case overflows:
		return "a trunk in fp16 overflows on these photographs; one in fp32 or bf16 does not: extract them with that into another folder"
	case v.TableError != nil:
		return `"graft extract" without --verify reads the photographs again and makes a new table`
	case len(v.Different) > 0:
		return fmt.Sprintf("these features were not made by this trunk as it runs here; remove %s and extract again", v.Dir)
	case len(v.Changed) > 0:
		return `restore the photographs, or "touch" them if they are as you want them; then "graft extract" reads them again`
	}
	return `"graft extract" without --verify computes again what is damaged or missing`
}

// ofLabels is about labelling.
func ofLabels(err error) string {
	var busy *journal.BusyError
	var line *journal.LineError
	var foreign *session.ForeignListError
	var folder *label.NotFolderError
	var format *exchange.FormatError
	switch {
	case errors.As(err, &busy):
		return "open the page that it has printed, or label with another --labels FILE"
	case errors.As(err, &line):
		return "restore it, or move it away: the list of labels beside it has the labels, without what was undone"
	case errors.As(err, &foreign):
		return "--labels FILE keeps the labels elsewhere"
	case errors.As(err, &folder):
		return "label takes a folder; unpack an archive first"
	case errors.As(err, &format):
		return "--import takes a csv with path and label, and Label Studio's exports JSON, JSON-MIN and CSV"
	}
	return ""
}
