// Package active chooses what to ask a person next, who labels pictures one by
// one: the numbers behind active learning, and no more.
//
//	Pool       n×d features of pictures, not standardised
//	Centres    the first questions, when nothing is known: k-means++
//	Learner    the head, fitted again after every answer from where it was
//	Next       the pictures whose labels help most: margin, density, disagreement or random
//	Reserve    the pictures that are set aside at random, for an honest test
//	Curve      how accuracy has grown with labels, and how many more a point takes
//
// [Learner.Fit] and [Next] are the two to call first. A picture is a row of the
// pool, a class a number that stays the same for as long as there is the class:
// neither need be known all at once.
//
// # The honest test
//
// Questions that are chosen for being hard say nothing of new pictures. So some are
// set aside by a hash of their content before anything is known of them, are asked in the order
// of that hash, and are never trained on: what is right of them is a fair sample.
package active
