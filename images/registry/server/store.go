package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"strings"
	"syscall"
	"time"

	"github.com/distribution/distribution/v3"
	"github.com/distribution/distribution/v3/configuration"
	"github.com/distribution/distribution/v3/registry/handlers"
	"github.com/distribution/distribution/v3/registry/storage"
	"github.com/distribution/distribution/v3/registry/storage/driver"
	"github.com/distribution/distribution/v3/registry/storage/driver/filesystem"
	"github.com/opencontainers/go-digest"
	"github.com/sirupsen/logrus"
)

// What somebody began to upload and did not end within this time is taken for given up.
const abandonedAfter = time.Hour

// A cache of what blobs there are would go on naming those that were collected, so there is none.
const settings = `version: 0.1
log: {level: warn, accesslog: {disabled: true}}
storage:
  filesystem: {rootdirectory: %q}
  delete: {enabled: true}
http: {secret: %q}
`

// store is the distribution registry on a folder.
type store struct {
	root    string
	driver  driver.StorageDriver
	images  distribution.Namespace
	handler http.Handler
}

func openStore(ctx context.Context, root string) (*store, error) {
	logrus.SetLevel(logrus.WarnLevel)
	logrus.SetFormatter(&troubleOnly{})
	config, err := configuration.Parse(strings.NewReader(fmt.Sprintf(settings, root, rand.Text())))
	if err != nil {
		return nil, err
	}
	disk, err := filesystem.FromParameters(map[string]any{"rootdirectory": root})
	if err != nil {
		return nil, err
	}
	images, err := storage.NewRegistry(ctx, disk, storage.EnableDelete)
	if err != nil {
		return nil, err
	}
	return &store{root: root, driver: disk, images: images, handler: handlers.NewApp(ctx, config)}, nil
}

// troubleOnly leaves out that somebody asked for an image that is not there: every build does.
type troubleOnly struct{ logrus.TextFormatter }

func (t *troubleOnly) Format(entry *logrus.Entry) ([]byte, error) {
	if entry.Data["http.response.status"] == http.StatusNotFound {
		return nil, nil
	}
	return t.TextFormatter.Format(entry)
}

type usage struct {
	Blobs    int64 `json:"blobs"`
	Capacity int64 `json:"capacity"`
	Free     int64 `json:"free"`
}

func (s *store) usage(ctx context.Context) (usage, error) {
	_, bytes, err := s.measure(ctx)
	if err != nil {
		return usage{}, err
	}
	var volume syscall.Statfs_t
	if err := syscall.Statfs(s.root, &volume); err != nil {
		return usage{}, fmt.Errorf("%s: %w", s.root, err)
	}
	size := int64(volume.Bsize)
	return usage{Blobs: bytes, Capacity: int64(volume.Blocks) * size, Free: int64(volume.Bavail) * size}, nil
}

// measure counts all blobs and their bytes.
func (s *store) measure(ctx context.Context) (count int, bytes int64, err error) {
	blobs := s.images.Blobs()
	statter := s.images.BlobStatter()
	err = blobs.Enumerate(ctx, func(each digest.Digest) error {
		blob, err := statter.Stat(ctx, each)
		if err != nil {
			return err
		}
		count++
		bytes += blob.Size
		return nil
	})
	if _, empty := err.(driver.PathNotFoundError); empty {
		err = nil
	}
	return count, bytes, err
}

type collected struct {
	Blobs int   `json:"blobs"`
	Bytes int64 `json:"bytes"`
}

// collect deletes the blobs that no manifest names, and what was left of uploads. Nobody may upload meanwhile.
func (s *store) collect(ctx context.Context) (collected, error) {
	countBefore, bytesBefore, err := s.measure(ctx)
	if err != nil {
		return collected{}, err
	}
	if countBefore > 0 {
		if err := storage.MarkAndSweep(ctx, s.driver, s.images, storage.GCOpts{Quiet: true}); err != nil {
			return collected{}, err
		}
	}
	storage.PurgeUploads(ctx, s.driver, time.Now().Add(-abandonedAfter), true)
	countAfter, bytesAfter, err := s.measure(ctx)
	return collected{Blobs: countBefore - countAfter, Bytes: bytesBefore - bytesAfter}, err
}
