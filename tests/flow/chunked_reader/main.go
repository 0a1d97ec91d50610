// Pulls one layer of zstd:chunked into a store of containers/storage, as podman does: what its index names, by
// ranges.
//
//	chunked_reader STORE LAYER MANIFEST NUMBER
//
// Prints the digest of the tar that the library puts together from the files, and the folder that has them; to
// standard error, how many bytes were fetched.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"os"
	"strconv"

	"github.com/containers/storage"
	graphdriver "github.com/containers/storage/drivers"
	"github.com/containers/storage/pkg/chunked"
	"github.com/containers/storage/pkg/reexec"
	"github.com/opencontainers/go-digest"
)

// Reads parts of a file, and counts them.
type ranges struct {
	layer   *os.File
	fetched uint64
}

func (r *ranges) GetBlobAt(chunks []chunked.ImageSourceChunk) (chan io.ReadCloser, chan error, error) {
	streams := make(chan io.ReadCloser)
	failures := make(chan error)
	go func() {
		defer close(streams)
		defer close(failures)
		for _, chunk := range chunks {
			r.fetched += chunk.Length
			streams <- io.NopCloser(io.NewSectionReader(r.layer, int64(chunk.Offset), int64(chunk.Length)))
		}
	}()
	return streams, failures, nil
}

type descriptor struct {
	Digest      digest.Digest
	Size        int64
	Annotations map[string]string
}

func layerOf(manifest string, number int) (descriptor, error) {
	var image struct{ Layers []descriptor }
	text, err := os.ReadFile(manifest)
	if err != nil {
		return descriptor{}, err
	}
	if err := json.Unmarshal(text, &image); err != nil {
		return descriptor{}, err
	}
	return image.Layers[number], nil
}

func pull(folder, layer string, stated descriptor) error {
	file, err := os.Open(layer)
	if err != nil {
		return err
	}
	store, err := storage.GetStore(storage.StoreOptions{
		RunRoot: folder + "/run", GraphRoot: folder + "/graph", GraphDriverName: "overlay",
		PullOptions: map[string]string{"enable_partial_images": "true"},
	})
	if err != nil {
		return fmt.Errorf("no store: %w", err)
	}
	source := &ranges{layer: file}
	differ, err := chunked.NewDiffer(context.Background(), store, stated.Digest, stated.Size, stated.Annotations, source)
	if err != nil {
		return err
	}
	defer differ.Close()
	options := &graphdriver.ApplyDiffWithDifferOpts{}
	output, err := store.PrepareStagedLayer(options, differ)
	if err != nil {
		return err
	}
	// The store is thrown away: the files stay where they were staged.
	fmt.Println(output.UncompressedDigest, output.Target)
	fmt.Fprintln(os.Stderr, source.fetched)
	return nil
}

func main() {
	if reexec.Init() {
		return
	}
	log.SetFlags(0)
	number, err := strconv.Atoi(os.Args[4])
	if err != nil {
		log.Fatal(err)
	}
	stated, err := layerOf(os.Args[3], number)
	if err != nil {
		log.Fatal(err)
	}
	if err := pull(os.Args[1], os.Args[2], stated); err != nil {
		log.Fatal(err)
	}
}
