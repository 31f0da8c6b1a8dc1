package train

import (
	"context"
	"errors"
	"slices"

	"graft/extractor/dataset"
	"graft/head"
	"graft/head/classify"
	"graft/head/metrics"
)

// evaluatePartitioned is Evaluate for a store of partitions: one after the other is read. Of AUC, the
// report has what histograms tell; see metrics.Stream.
func evaluatePartitioned(ctx context.Context, o EvaluateOptions) (*Evaluation, error) {
	h, err := classify.ReadHead(o.Head)
	if err != nil {
		return nil, err
	}
	p, err := openPartitioned(ctx, o.Source)
	if err != nil {
		return nil, err
	}
	if err := h.Fits(identityOf(p.meta), "the features \""+p.dir+"\"", p.meta.Trunk.Name); err != nil {
		return nil, err
	}
	split, err := p.judged(ctx, h, o.Split)
	if err != nil {
		return nil, err
	}
	if err := p.look(ctx, split); err != nil {
		return nil, err
	}
	rows := p.rows(split)
	defer rows.Close()
	j := &streamed{partitionRows: rows, head: h}
	if err := j.match(o.Strict); err != nil {
		return nil, err
	}
	return j.judge(ctx, o)
}

// judged is the split to judge, as Features.Judged has it.
func (p *partitioned) judged(ctx context.Context, h *classify.Head, split string) (string, error) {
	found, err := p.splits(ctx)
	if err != nil {
		return "", err
	}
	hasSplits := len(found) > 1 || !found[""]
	if !hasSplits && h.Training.ValShare > 0 {
		p.val = h.Training.ValShare
		p.progress.Note("the data has no splits: what the head was not trained on is judged, by the names of the files")
		return "val", nil
	}
	if !hasSplits || split != "" {
		return split, nil
	}
	for _, s := range []string{"val", "test", "train"} {
		if found[s] {
			return s, nil
		}
	}
	return "", nil
}

// streamed is a judging of rows that are read once, in order.
type streamed struct {
	*partitionRows
	head    *classify.Head
	to      []int // class of the head for each of the data; −1: it does not know it
	leftOut []Class
	seen    int // rows that the head was trained on
}

// match finds the classes of the data in the head's.
func (j *streamed) match(strict bool) error {
	index, err := head.Match(j.head.Classes(), j.labels)
	var unknown *head.UnknownClassesError
	if errors.As(err, &unknown) && (strict || len(unknown.Unknown) == len(unknown.Data)) || err != nil && unknown == nil {
		return err
	}
	j.to = index
	for i, label := range j.labels {
		if j.to[i] < 0 {
			j.leftOut = append(j.leftOut, newClass(label, j.counts[i], j.head.Classes()))
		}
	}
	j.images.LeftOut = j.leftOut
	return nil
}

func (j *streamed) judge(ctx context.Context, o EvaluateOptions) (*Evaluation, error) {
	stream := metrics.NewStream(j.head.Classes(), metrics.Options{})
	var numbers []int // of the rows that the stream was given, up to each block
	var blocks []int
	given := 0
	j.Visit(blockNumbers(j.Blocks()))
	for b := range j.Blocks() {
		blocks = append(blocks, given)
		const at = 4096
		for from := j.Block(b); from < j.Block(b+1); from += at {
			n, err := j.add(ctx, stream, from, min(from+at, j.Block(b+1)))
			if err != nil {
				return nil, err
			}
			given += n
		}
		numbers = append(numbers, given)
	}
	report, err := stream.Report()
	if err != nil {
		return nil, err
	}
	if j.seen > 0 {
		j.progress.Note("warning: the head was trained on %d of these %d images, so the accuracy says little of new ones", j.seen, given)
	}
	e := &Evaluation{Report: report, Split: j.split, Worst: []WorstFile{}, LeftOut: append([]Class{}, j.leftOut...), Data: j.images}
	for _, w := range report.Worst {
		b, _ := slices.BinarySearch(numbers, w.Row+1)
		e.Worst = append(e.Worst, WorstFile{dataset.Escape(j.path(b, w.Row-blocks[b])), w})
	}
	return e, nil
}

// add judges rows of one block, and returns how many are of classes that the head knows.
func (j *streamed) add(ctx context.Context, stream *metrics.Stream, from, to int) (int, error) {
	var index, y []int
	for i := from; i < to; i++ {
		if err := j.with(i, func(h *heldPartition, row int) error {
			k := j.to[h.labels[row]]
			if k >= 0 {
				index, y = append(index, i), append(y, k)
			}
			if j.head.TrainedOn.Has(h.part.Key(row)) {
				j.seen++
			}
			return nil
		}); err != nil {
			return 0, err
		}
	}
	if len(index) == 0 {
		return 0, nil
	}
	probs, err := head.Probabilities(ctx, j.head.Predictor, head.Subset(j.partitionRows, index))
	if err != nil {
		return 0, err
	}
	return len(index), stream.Add(y, probs)
}

// path names the photograph of the row of a block that was judged as its n-th.
func (j *streamed) path(block, n int) string {
	for i := j.Block(block); i < j.Block(block+1); i++ {
		if j.to[j.Label(i)] < 0 {
			continue
		}
		if n == 0 {
			return j.Path(i)
		}
		n--
	}
	return ""
}

// blockNumbers are 0…n−1.
func blockNumbers(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}
