// Package classify is what a Go program embeds: a head and its trunk, or a
// classifier that holds both, turn photographs into labels.
//
// [Open] opens one of the two, [Classifier.Classify] labels the bytes of an
// image; [Classifier.ClassifyAll] labels a dataset on all cores, in order:
//
//	c, err := classify.Open("head.onnx", classify.Options{})
//	if err != nil {
//		return err
//	}
//	defer c.Close()
//	p, err := c.ClassifyFile(ctx, "photo.jpg")
//	if err != nil {
//		return err
//	}
//	fmt.Println(p.Label, p.Probability)
//
// A service opens once, calls [Classifier.Warm] before it says that it is ready,
// and [Classifier.Classify] from as many goroutines as it has requests.
//
// Photographs take the same way as in training: the transform and the trunk's
// fingerprint travel inside the head. [ReadHead] reads a head alone, [Export]
// makes a classifier of a head.
package classify
