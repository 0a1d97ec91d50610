// Command layer_writing is the peer of bench/layer_writing: what writing a layer takes with Go's own packages on one
// thread. layer_writing FILE LAYER prints the two digests and the size.
package main

import (
	"archive/tar"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"runtime"
)

func main() {
	runtime.GOMAXPROCS(1)
	if err := write(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func write(from, to string) error {
	content, err := os.Open(from)
	if err != nil {
		return err
	}
	defer content.Close()
	info, err := content.Stat()
	if err != nil {
		return err
	}
	file, err := os.Create(to)
	if err != nil {
		return err
	}
	defer file.Close()
	diffID, digest := sha256.New(), sha256.New()
	compressor, err := gzip.NewWriterLevel(io.MultiWriter(file, digest), 6)
	if err != nil {
		return err
	}
	archive := tar.NewWriter(io.MultiWriter(compressor, diffID))
	if err := archive.WriteHeader(&tar.Header{Name: "data/program", Mode: 0o755, Size: info.Size()}); err != nil {
		return err
	}
	if _, err := io.Copy(archive, content); err != nil {
		return err
	}
	if err := archive.Close(); err != nil {
		return err
	}
	if err := compressor.Close(); err != nil {
		return err
	}
	written, err := file.Seek(0, io.SeekCurrent)
	if err != nil {
		return err
	}
	fmt.Printf("sha256:%x sha256:%x %d\n", diffID.Sum(nil), digest.Sum(nil), written)
	return nil
}
