package chunks

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"graft/extractor"
	"graft/extractor/bucket/buckettest"
	"graft/extractor/dataset"
	"graft/extractor/extractortest"
	"graft/extractor/features"
	"graft/extractor/ingest"
	"graft/extractor/pixels"
	"graft/extractor/plan"
	"graft/extractor/trunk"
)

func TestMain(m *testing.M) {
	buckettest.Main()
	if text := os.Getenv(processVariable); text != "" {
		os.Exit(child(text))
	}
	os.Exit(m.Run())
}

// processVariable is in the environment of a test process that is to do a job, because a test kills
// it.
const processVariable = "GRAFT_TEST_CHUNKS"

// A job is the work of a process: chunks of a plan, or with none the finish.
type job struct {
	Plan, Store, Trunk, Cache string
	Chunks                    []int
	Poison                    bool          // a certain image kills the process
	Wait                      time.Duration // less patience
}

// child does a job.
func child(text string) int {
	var j job
	err := json.Unmarshal([]byte(text), &j)
	if err == nil && j.Chunks == nil {
		_, err = Finish(context.Background(), j.Store, j.Plan, FinishOptions{beat: j.Wait})
	} else if err == nil {
		err = j.work()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func (j job) work() error {
	w, err := Open(j.options())
	if err != nil {
		return err
	}
	defer w.Close()
	for _, i := range j.Chunks {
		if _, err := w.Do(context.Background(), plan.Resolve(j.Plan, plan.Name(i))); err != nil {
			return err
		}
	}
	return nil
}

func (j job) options() Options {
	o := Options{Ingest: ingest.Options{Trunk: j.Trunk, Folder: j.Store, Cache: trunk.Cache{Dir: j.Cache}, Workers: 2}}
	o.open = func(context.Context) (extractor.Trunk, error) { return &stripes{poison: j.Poison}, nil }
	o.wait = j.Wait
	return o
}

// stripes is a trunk whose features are sums of pixels, which needs no library.
type stripes struct {
	poison bool
	ran    func()
}

func (s *stripes) Run(_ context.Context, px []byte, n, h, w int, out [][]float32) error {
	if s.ran != nil {
		s.ran()
	}
	if s.poison && px[0] == poisonPixel && px[1] == poisonPixel && px[2] == 0 {
		os.Exit(9)
	}
	for i := range out[0] {
		out[0][i] = 0
	}
	for i, v := range px {
		out[0][i*7%len(out[0])] += float32(v) / float32(1+i%5)
	}
	return nil
}

func (*stripes) Dims() []int  { return []int{extractortest.Dim} }
func (*stripes) Workers() int { return 2 }
func (*stripes) Batch() int   { return 1 }
func (*stripes) Close() error { return nil }

const poisonPixel = 254

// A cluster is photographs that are planned, and a store that is empty.
type cluster struct {
	job
	data  string
	times bool // times of files are compared
}

// images is how many photographs a cluster has.
const images = 48

// newCluster plans photographs in chunks of five.
func newCluster(t *testing.T, partitions int) *cluster {
	t.Helper()
	c := &cluster{data: extractortest.Photographs(t, images), times: true}
	c.Plan, c.Store, c.Trunk, c.Cache = filepath.Join(t.TempDir(), "plan"), filepath.Join(t.TempDir(), "store"), extractortest.Trunk(t, 1), t.TempDir()
	c.replan(t, partitions)
	return c
}

// replan plans the photographs that are there now.
func (c *cluster) replan(t *testing.T, partitions int) *plan.Made {
	t.Helper()
	if err := os.RemoveAll(c.Plan); err != nil {
		t.Fatal(err)
	}
	made, err := plan.Make(t.Context(), plan.Settings{Data: c.data, Images: 5, Partitions: partitions}, c.Plan)
	if err != nil {
		t.Fatal(err)
	}
	c.Chunks = nil
	for i := range made.Chunks() {
		c.Chunks = append(c.Chunks, i)
	}
	return made
}

// worker is one of the cluster's, with other options if they are given.
func (c *cluster) worker(t *testing.T, change ...func(*Options)) *Worker {
	t.Helper()
	o := c.options()
	for _, f := range change {
		f(&o)
	}
	w, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return w
}

// do does chunks, which must succeed, and returns the answers.
func do(t *testing.T, w *Worker, dir string, chunks ...int) (list []*Answer) {
	t.Helper()
	for _, i := range chunks {
		a, err := w.Do(t.Context(), plan.ChunkFile(dir, i))
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, a)
	}
	return list
}

// finish finishes the store, without recomputing.
func (c *cluster) finish(t *testing.T) (*Finished, error) {
	t.Helper()
	return Finish(t.Context(), c.Store, c.Plan, FinishOptions{Sample: 8})
}

// finished is finish that must succeed.
func (c *cluster) finished(t *testing.T) *Finished {
	t.Helper()
	f, err := c.finish(t)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// process is the job in a process of its own.
func (j job) process(t *testing.T) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(j)
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), self)
	c.Env = append(os.Environ(), processVariable+"="+string(text))
	c.Stderr = os.Stderr
	return c
}

// want is what an undisturbed run makes of the photographs that are there now: each record, and its
// row.
func (c *cluster) want(t *testing.T) (records []features.Record, rows map[string]string) {
	t.Helper()
	data, err := dataset.Scan(t.Context(), c.data, dataset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer data.Close()
	w := c.worker(t)
	records, rows = ingest.Records(data), map[string]string{}
	err = w.extractor().Each(t.Context(), data, func(i int, o extractor.Outcome, f []extractor.Features) error {
		ingest.Outcome(&records[i], o)
		if len(f) > 0 {
			rows[records[i].Path] = fmt.Sprint(f[0].Rows[0])
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return records, rows
}

// wantStore fails unless the store holds what an undisturbed run makes, each photograph and each
// row once, and nothing else lies in it.
func (c *cluster) wantStore(t *testing.T) {
	t.Helper()
	records, rows := c.want(t)
	layout, err := features.ReadLayout(c.Store)
	if err != nil {
		t.Fatal(err)
	}
	var got []features.Record
	keys := map[pixels.Key]bool{}
	for i := range layout.Partitions {
		dir := layout.Folder(c.Store, i)
		if !features.IsDir(dir) {
			continue
		}
		got = append(got, c.wantFolder(t, layout, i, rows, keys)...)
	}
	if len(got) != len(records) {
		t.Fatalf("%d records, want %d", len(got), len(records))
	}
	if layout.Partitions > 1 {
		order := map[string]int{}
		for i, r := range records {
			order[r.Path] = i
		}
		slices.SortFunc(got, func(a, b features.Record) int { return order[a.Path] - order[b.Path] })
	}
	for i := range got {
		if !c.times {
			got[i].ModTime, records[i].ModTime = time.Time{}, time.Time{}
		}
		if a, b := fmt.Sprintf("%+v", inUTC(got[i])), fmt.Sprintf("%+v", inUTC(records[i])); a != b {
			t.Fatalf("record %d: got %s, want %s", i, a, b)
		}
	}
	for _, of := range []string{".*", "*" + attemptSuffix} {
		if left, _ := filepath.Glob(filepath.Join(c.Store, "records", of)); len(left) > 0 {
			t.Errorf("left over: %q", left)
		}
	}
}

// wantFolder checks the rows of a partition, and returns its records.
func (c *cluster) wantFolder(t *testing.T, layout features.Layout, i int, rows map[string]string, seen map[pixels.Key]bool) []features.Record {
	t.Helper()
	s, err := features.OpenExisting(layout.Folder(c.Store, i), features.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	info, err := s.Info()
	if err != nil || len(info.Problems) > 0 {
		t.Fatal(err, info.Problems)
	}
	table, err := s.ReadTable(features.SamplesTable)
	if err != nil {
		t.Fatal(err)
	}
	own, x := map[pixels.Key]bool{}, make([]float32, s.Dim())
	for _, r := range table.Records {
		if r.Error != "" {
			continue
		}
		if err := s.Row(r.Key, 0, x); err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(x); got != rows[r.Path] {
			t.Errorf("%s: %s, want %s", r.Path, got, rows[r.Path])
		}
		own[r.Key] = true
		if seen[r.Key] || layout.Of(r.Key) != i {
			t.Errorf("%s is in the wrong partition, or in two", r.Path)
		}
	}
	for k := range own {
		seen[k] = true
	}
	onDisk := 0
	for _, v := range info.Views {
		onDisk += v.N
	}
	if removed := doubles(t, layout.Folder(c.Store, i), s.Meta()); onDisk != len(own) || removed != 0 {
		t.Errorf("partition %d: %d rows, %d of them twice, want %d", i, onDisk, removed, len(own))
	}
	return table.Records
}

// doubles counts rows that are there twice.
func doubles(t *testing.T, dir string, m features.Meta) int {
	t.Helper()
	copied := filepath.Join(t.TempDir(), "copy")
	if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	s, err := features.Open(copied, m, features.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	n, err := s.RemoveDoubles(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func inUTC(r features.Record) features.Record {
	r.ModTime = r.ModTime.UTC()
	return r
}

// wantMissing fails unless the error names these chunks.
func wantMissing(t *testing.T, err error, chunks ...int) *MissingError {
	t.Helper()
	var missing *MissingError
	if !errors.As(err, &missing) {
		t.Fatalf("the error is %v, not one of missing chunks", err)
	}
	var names []string
	for _, i := range chunks {
		names = append(names, plan.Name(i))
	}
	if !slices.Equal(missing.Chunks, names) {
		t.Errorf("missing are %q, want %q", missing.Chunks, names)
	}
	return missing
}

// shuffled are the chunks in some order.
func (c *cluster) shuffled(seed uint64) []int {
	list := slices.Clone(c.Chunks)
	rand.New(rand.NewPCG(seed, 1)).Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list
}
