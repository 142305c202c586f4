// Judges a log of ours with Go's own note and tlog packages, which know nothing of us.
//
//	main LOG VERIFIER-KEY OLD-CHECKPOINT INDEX...
//
// It opens both checkpoints, recomputes the root from the tiles, and checks an inclusion proof for each INDEX
// and the consistency of the two trees. It prints "ok SIZE" or fails.
package main

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// path spells a C2SP tlog-tiles path; Go's own tile paths differ in their beginning.
func path(level string, index int64, width int) string {
	name := fmt.Sprintf("%03d", index%1000)
	for index >= 1000 {
		index /= 1000
		name = fmt.Sprintf("x%03d/%s", index%1000, name)
	}
	if width < 1<<height {
		name += fmt.Sprintf(".p/%d", width)
	}
	return filepath.Join("tile", level, name)
}

type folder string

func (f folder) Height() int                     { return height }
func (f folder) SaveTiles([]tlog.Tile, [][]byte) {}

func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, t := range tiles {
		data, err := os.ReadFile(filepath.Join(string(f), path(strconv.Itoa(t.L), t.N, t.W)))
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

// entry returns one entry of a tree of the given size, from its bundle.
func (f folder) entry(index, size int64) []byte {
	bundle, width := index>>height, 1<<height
	if bundle == size>>height {
		width = int(size % (1 << height))
	}
	data, err := os.ReadFile(filepath.Join(string(f), path("entries", bundle, width)))
	must(err)
	for at := index % (1 << height); at > 0; at-- {
		data = data[2+binary.BigEndian.Uint16(data):]
	}
	return data[2 : 2+binary.BigEndian.Uint16(data)]
}

func open(name, key string) tlog.Tree {
	data, err := os.ReadFile(name)
	must(err)
	verifier, err := note.NewVerifier(key)
	must(err)
	n, err := note.Open(data, note.VerifierList(verifier))
	must(err)
	lines := strings.Split(n.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	must(err)
	hash, err := base64.StdEncoding.DecodeString(lines[2])
	must(err)
	tree := tlog.Tree{N: size}
	copy(tree.Hash[:], hash)
	return tree
}

func main() {
	f, key := folder(os.Args[1]), os.Args[2]
	tree, old := open(filepath.Join(string(f), "checkpoint"), key), open(os.Args[3], key)
	reader := tlog.TileHashReader(tree, f)

	hash, err := tlog.TreeHash(tree.N, reader)
	must(err)
	if hash != tree.Hash {
		log.Fatal("the tiles do not give the checkpoint's root")
	}
	for _, argument := range os.Args[4:] {
		index, err := strconv.ParseInt(argument, 10, 64)
		must(err)
		proof, err := tlog.ProveRecord(tree.N, index, reader)
		must(err)
		must(tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(f.entry(index, tree.N))))
	}
	proof, err := tlog.ProveTree(tree.N, old.N, reader)
	must(err)
	must(tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash))
	fmt.Println("ok", tree.N)
}
