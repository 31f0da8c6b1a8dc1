package features

import (
	"cmp"
	"fmt"
	"path"
	"path/filepath"
	"slices"
)

// ReadInfo counts what the store in dir holds, partition after partition if it has several. Names of
// files and tables are then those below the store, and tables of the same data are added up.
func ReadInfo(dir string) (Info, error) {
	layout, err := ReadLayout(dir)
	if err != nil || layout.Partitions == 1 {
		return readInfo(dir)
	}
	all := Info{Dir: dir, Partitions: layout.Partitions}
	for i := range layout.Partitions {
		folder := layout.Folder(dir, i)
		if !IsDir(folder) {
			continue
		}
		info, err := readInfo(folder)
		if err != nil {
			return all, err
		}
		if diff := all.Meta.Difference(info.Meta); all.Meta.Version != 0 && diff != "" {
			return all, fmt.Errorf("features %q: the partition %s was made differently: %s", dir, filepath.Base(folder), diff)
		}
		all.Meta = info.Meta
		all.add(filepath.Base(folder), info)
	}
	if all.Meta.Version == 0 {
		return all, fmt.Errorf("features %q have no partition yet", dir)
	}
	return all, nil
}

func readInfo(dir string) (Info, error) {
	s, err := OpenExisting(dir, Options{})
	if err != nil {
		return Info{}, err
	}
	defer s.Close()
	return s.Info()
}

// add takes what a partition holds.
func (i *Info) add(partition string, p Info) {
	i.Parts, i.Bytes, i.Rows = i.Parts+p.Parts, i.Bytes+p.Bytes, i.Rows+p.Rows
	i.Views = added(i.Views, p.Views)
	for _, problem := range p.Problems {
		problem.File = path.Join(partition, problem.File)
		i.Problems = append(i.Problems, problem)
	}
	for _, t := range p.Tables {
		at := slices.IndexFunc(i.Tables, func(o TableInfo) bool { return o.Name == t.Name && o.Root == t.Root })
		if at < 0 {
			i.Tables = append(i.Tables, t)
			continue
		}
		o := &i.Tables[at]
		o.Samples, o.Ready, o.NotFinite, o.Errors = o.Samples+t.Samples, o.Ready+t.Ready, o.NotFinite+t.NotFinite, o.Errors+t.Errors
		o.Lost, o.Splits, o.Labels = append(o.Lost, t.Lost...), added(o.Splits, t.Splits), added(o.Labels, t.Labels)
	}
}

// added are the counts of two lists together.
func added(a, b []Count) []Count {
	sum := slices.Clone(a)
	for _, c := range b {
		at := slices.IndexFunc(sum, func(o Count) bool { return o.Name == c.Name && o.View == c.View })
		if at < 0 {
			sum = append(sum, c)
		} else {
			sum[at].N += c.N
		}
	}
	slices.SortFunc(sum, func(a, b Count) int { return cmp.Or(cmp.Compare(a.View, b.View), cmp.Compare(a.Name, b.Name)) })
	return sum
}
