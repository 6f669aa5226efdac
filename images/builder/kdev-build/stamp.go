package main

import (
	"crypto/sha256"
	"encoding/binary"
	"time"
)

// epoch is an arbitrary day after the one that zip files begin with.
var epoch = time.Date(1990, time.January, 1, 0, 0, 0, 0, time.UTC)

// stampOfDigest is the modification time of a file with that content. BuildKit
// takes a file of equal size and time for unchanged, so the time is made from
// the content: equal for equal content in every checkout, different otherwise.
// It lies in the 17 years after epoch.
func stampOfDigest(digest [sha256.Size]byte) time.Time {
	seconds := binary.BigEndian.Uint32(digest[0:4]) >> 3
	nanoseconds := binary.BigEndian.Uint32(digest[4:8]) % 1_000_000_000
	return epoch.Add(time.Duration(seconds)*time.Second + time.Duration(nanoseconds))
}

func stampOfContent(content []byte) time.Time {
	return stampOfDigest(sha256.Sum256(content))
}
