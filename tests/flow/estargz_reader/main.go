// Reads an eStargz layer with the library that runtimes use: the second opinion on what whittle writes.
//
//	estargz_reader LAYER DIGEST          verifies the index and every chunk; prints TYPE PATH SIZE SHA256 of each entry
//	estargz_reader LAYER DIGEST PATH     writes that file to stdout, and to stderr how many bytes of the layer were read
package main

import (
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path"
	"sort"

	"github.com/containerd/stargz-snapshotter/estargz"
	"github.com/opencontainers/go-digest"
)

type countingReader struct {
	file  *os.File
	count int64
}

func (r *countingReader) ReadAt(buffer []byte, offset int64) (int, error) {
	n, err := r.file.ReadAt(buffer, offset)
	r.count += int64(n)
	return n, err
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) < 2 {
		return fmt.Errorf("which layer, and what digest has its index?")
	}
	file, err := os.Open(args[0])
	if err != nil {
		return err
	}
	info, err := file.Stat()
	if err != nil {
		return err
	}
	counting := &countingReader{file: file}
	reader, err := estargz.Open(io.NewSectionReader(counting, 0, info.Size()))
	if err != nil {
		return err
	}
	verifier, err := reader.VerifyTOC(digest.Digest(args[1]))
	if err != nil {
		return err
	}
	if len(args) == 3 {
		if err := content(reader, verifier, args[2], os.Stdout); err != nil {
			return err
		}
		fmt.Fprintln(os.Stderr, counting.count)
		return nil
	}
	root, ok := reader.Lookup("")
	if !ok {
		return fmt.Errorf("there is no root")
	}
	return list(reader, verifier, root, "")
}

func list(reader *estargz.Reader, verifier estargz.TOCEntryVerifier, folder *estargz.TOCEntry, at string) error {
	children := map[string]*estargz.TOCEntry{}
	var names []string
	folder.ForeachChild(func(name string, entry *estargz.TOCEntry) bool {
		children[name] = entry
		names = append(names, name)
		return true
	})
	sort.Strings(names)
	for _, name := range names {
		entry, where := children[name], path.Join(at, name)
		hash := sha256.New()
		if entry.Type == "reg" {
			if err := content(reader, verifier, where, hash); err != nil {
				return fmt.Errorf("%s: %w", where, err)
			}
			if found := fmt.Sprintf("sha256:%x", hash.Sum(nil)); found != entry.Digest {
				return fmt.Errorf("%s is %s, not %s", where, found, entry.Digest)
			}
		}
		fmt.Printf("%s %s %o %d:%d %d %s %x\n", entry.Type, where, entry.Mode, entry.UID, entry.GID, entry.Size, entry.LinkName, hash.Sum(nil))
		if entry.Type == "dir" {
			if err := list(reader, verifier, entry, where); err != nil {
				return err
			}
		}
	}
	return nil
}

// content writes a file, each of its chunks by itself and only when its digest is right.
func content(reader *estargz.Reader, verifier estargz.TOCEntryVerifier, name string, out io.Writer) error {
	entry, ok := reader.Lookup(name)
	if !ok {
		return fmt.Errorf("there is no %s", name)
	}
	if entry.Size == 0 {
		return nil
	}
	file, err := reader.OpenFile(name)
	if err != nil {
		return err
	}
	for offset := int64(0); offset < entry.Size; {
		chunk, ok := reader.ChunkEntryForOffset(name, offset)
		if !ok {
			return fmt.Errorf("there is no chunk at %d", offset)
		}
		check, err := verifier.Verifier(chunk)
		if err != nil {
			return err
		}
		// In one read: the library begins at the chunk's start each time.
		bytes := make([]byte, chunk.ChunkSize)
		if n, err := file.ReadAt(bytes, chunk.ChunkOffset); n < len(bytes) {
			return fmt.Errorf("the chunk at %d has %d bytes: %v", offset, n, err)
		}
		if _, err := io.MultiWriter(check, out).Write(bytes); err != nil {
			return err
		}
		if !check.Verified() {
			return fmt.Errorf("the chunk at %d has another digest", offset)
		}
		offset += chunk.ChunkSize
	}
	return nil
}
