// Package intake reads what clients of a service send, within limits: [NewBody]
// reads a body, [Limits.Pictures] the images in it.
package intake
