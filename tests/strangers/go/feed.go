package main

import (
	"bufio"
	"bytes"
	"crypto/ed25519"
	"crypto/mldsa"
	"crypto/sha256"
	"crypto/sha3"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/tlog"
)

const height = 8 // tiles of 256

// folder reads tiles as c2sp.org/tlog-tiles names them: as sumdb does, without the height.
type folder struct {
	read func(path string) ([]byte, error)
}

func (f folder) Height() int                         { return height }
func (f folder) SaveTiles(_ []tlog.Tile, _ [][]byte) {}
func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var found [][]byte
	for _, tile := range tiles {
		data, err := f.read(tilePath(tile))
		if err != nil {
			return nil, err
		}
		found = append(found, data)
	}
	return found, nil
}

func tilePath(tile tlog.Tile) string {
	return strings.Replace(strings.Replace(tile.Path(), "tile/8/", "tile/", 1), "tile/data/", "tile/entries/", 1)
}

// memory holds every hash of a tree that was computed here.
type memory []tlog.Hash

func (m memory) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	found := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		found[i] = m[index]
	}
	return found, nil
}

// readLog returns a log's entries and hashes when every file under it is that of the tree.
func readLog(tree tlog.Tree, read func(string) ([]byte, error)) ([][]byte, memory, error) {
	var entries [][]byte
	var hashes memory
	files := tlog.TileHashReader(tree, folder{read})
	for first := int64(0); first < tree.N; first += 256 {
		width := min(256, tree.N-first)
		tile := tlog.Tile{H: height, L: -1, N: first / 256, W: int(width)}
		data, err := read(tilePath(tile))
		if err != nil {
			return nil, nil, err
		}
		var indexes []int64
		for n := first; n < first+width; n++ {
			if len(data) < 2 || len(data)-2 < int(binary.BigEndian.Uint16(data)) {
				return nil, nil, fmt.Errorf("%s is cut short", tilePath(tile))
			}
			end := 2 + int(binary.BigEndian.Uint16(data))
			entries, data = append(entries, data[2:end]), data[end:]
			more, err := tlog.StoredHashesForRecordHash(n, tlog.RecordHash(entries[n]), hashes)
			if err != nil {
				return nil, nil, err
			}
			hashes = append(hashes, more...)
			indexes = append(indexes, tlog.StoredHashIndex(0, n))
		}
		if len(data) != 0 {
			return nil, nil, fmt.Errorf("%s is too long", tilePath(tile))
		}
		// The tiles say the same of these entries, and lead up to the signed root.
		kept, err := files.ReadHashes(indexes)
		if err != nil {
			return nil, nil, err
		}
		for i, hash := range kept {
			if hash != tlog.RecordHash(entries[first+int64(i)]) {
				return nil, nil, fmt.Errorf("entry %d is not the one in its tile", first+int64(i))
			}
		}
	}
	root, err := tlog.TreeHash(tree.N, hashes)
	if err != nil {
		return nil, nil, err
	}
	if tree.N > 0 && root != tree.Hash {
		return nil, nil, fmt.Errorf("the entries are not those of the head")
	}
	for _, tile := range tlog.NewTiles(height, 0, tree.N) {
		want, err := tlog.ReadTileData(tile, hashes)
		if err != nil {
			return nil, nil, err
		}
		if data, err := read(tilePath(tile)); err != nil || !bytes.Equal(data, want) {
			return nil, nil, fmt.Errorf("%s is not that of the entries: %v", tilePath(tile), err)
		}
	}
	return entries, hashes, nil
}

type report struct {
	Origin      string `json:"origin"`
	Size        int64  `json:"size"`
	Signatures  int    `json:"head_signatures"`
	Inclusions  int    `json:"inclusions"`
	Consistent  int    `json:"consistent_heads"`
	TheirProofs int    `json:"their_proofs"`
	Acts        int    `json:"acts"`
	Persons     int    `json:"persons_acts"`
}

func checkFeed(dir, vkeyFile, root, heads, proofs string) (*report, error) {
	read := func(path string) ([]byte, error) { return os.ReadFile(filepath.Join(dir, filepath.FromSlash(path))) }
	vkeys, err := readVkeys(vkeyFile)
	if err != nil {
		return nil, err
	}
	data, err := read("checkpoint")
	if err != nil {
		return nil, err
	}
	tree, origin, err := openHead(data, vkeys)
	if err != nil {
		return nil, fmt.Errorf("checkpoint: %w", err)
	}
	found := &report{Origin: origin, Size: tree.N, Signatures: len(vkeys)}
	entries, hashes, err := readLog(tree, read)
	if err != nil {
		return nil, err
	}
	for n := range tree.N {
		proof, err := tlog.ProveRecord(tree.N, n, hashes)
		if err != nil {
			return nil, err
		}
		if err := tlog.CheckRecord(proof, tree.N, tree.Hash, n, tlog.RecordHash(entries[n])); err != nil {
			return nil, fmt.Errorf("entry %d: %w", n, err)
		}
		found.Inclusions++
	}
	if found.Consistent, err = checkHeads(heads, vkeys, tree, hashes); err != nil {
		return nil, err
	}
	if found.TheirProofs, err = checkProofs(proofs, tree, entries, hashes); err != nil {
		return nil, err
	}
	return found, checkActs(filepath.Join(dir, "acts.jsonl"), root, origin, entries, found)
}

// checkHeads: each earlier head was signed by the same keys, and the newest continues it.
func checkHeads(dir string, vkeys []string, tree tlog.Tree, hashes memory) (int, error) {
	if dir == "" {
		return 0, nil
	}
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			return 0, err
		}
		old, _, err := openHead(data, vkeys)
		if err != nil {
			return 0, fmt.Errorf("%s: %w", filepath.Base(name), err)
		}
		proof, err := tlog.ProveTree(tree.N, old.N, hashes)
		if err != nil {
			return 0, err
		}
		if err := tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash); err != nil {
			return 0, fmt.Errorf("%s: %w", filepath.Base(name), err)
		}
	}
	return len(names), err
}

// checkProofs: what Entente's own prover made is accepted here.
func checkProofs(path string, tree tlog.Tree, entries [][]byte, hashes memory) (int, error) {
	if path == "" {
		return 0, nil
	}
	var given struct {
		Inclusion []struct {
			Index int64
			Proof []string
		}
		Consistency []struct {
			Small int64
			Proof []string
		}
	}
	if err := readJSON(path, &given); err != nil {
		return 0, err
	}
	for _, one := range given.Inclusion {
		proof, err := hashList(one.Proof)
		if err == nil {
			err = tlog.CheckRecord(proof, tree.N, tree.Hash, one.Index, tlog.RecordHash(entries[one.Index]))
		}
		if err != nil {
			return 0, fmt.Errorf("their proof of entry %d: %w", one.Index, err)
		}
	}
	for _, one := range given.Consistency {
		old, err := tlog.TreeHash(one.Small, hashes)
		if err != nil {
			return 0, err
		}
		proof, err := hashList(one.Proof)
		if err == nil {
			err = tlog.CheckTree(proof, tree.N, tree.Hash, one.Small, old)
		}
		if err != nil {
			return 0, fmt.Errorf("their proof from %d: %w", one.Small, err)
		}
	}
	return len(given.Inclusion) + len(given.Consistency), nil
}

func hashList(texts []string) ([]tlog.Hash, error) {
	found := make([]tlog.Hash, len(texts))
	for i, text := range texts {
		raw, err := hex.DecodeString(text)
		if err != nil || len(raw) != tlog.HashSize || hex.EncodeToString(raw) != text {
			return nil, fmt.Errorf("%q is no hash", text)
		}
		copy(found[i][:], raw)
	}
	return found, nil
}

// -- acts: FEED-10 to FEED-12, SIGN-1 to SIGN-5 -----------------------------------------------------------------------

type e1Key struct{ Suite, Ed25519, Mldsa65 string }

func (k e1Key) halves() (ed, ml []byte, err error) {
	if k.Suite != "E1" {
		return nil, nil, fmt.Errorf("suite %q", k.Suite)
	}
	if ed, err = unbase64(k.Ed25519); err == nil {
		ml, err = unbase64(k.Mldsa65)
	}
	if err == nil && (len(ed) != ed25519.PublicKeySize || len(ml) != 1952) {
		err = fmt.Errorf("an E1 key has 32 and 1952 bytes")
	}
	return ed, ml, err
}

func (k e1Key) fingerprint() string {
	ed, ml, err := k.halves()
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(bytes.Join([][]byte{[]byte("entente/key/E1\x00"), ed, ml}, nil))
	return hex.EncodeToString(sum[:])
}

type act struct {
	Statement json.RawMessage
	Signature map[string]string
}

type statement struct {
	Verb    string
	Details [][2]string
	Signer  *struct{ Key, Suite string }
	Body    struct {
		Key  *e1Key
		Card *struct{ Root e1Key }
	}
}

func checkActs(path, root, origin string, entries [][]byte, found *report) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	keys := map[string]e1Key{}
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var line struct {
			Act, Salt []byte
			Seq       int64
		}
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			return err
		}
		if line.Seq < 0 || line.Seq >= int64(len(entries)) {
			return fmt.Errorf("there is no entry %d", line.Seq)
		}
		person, err := checkAct(line.Act, line.Salt, entries[line.Seq], origin, line.Seq, root, keys)
		if err != nil {
			return fmt.Errorf("act %d: %w", line.Seq, err)
		}
		found.Acts++
		if person {
			found.Persons++
		}
	}
	return lines.Err()
}

// checkAct: the leaf commits to these very bytes, and the person whose key they name signed the statement in them.
func checkAct(data, salt, entry []byte, origin string, seq int64, root string, keys map[string]e1Key) (bool, error) {
	var leaf struct {
		Origin    string
		Seq       int64
		Com, Com2 string
	}
	var one act
	var said statement
	if err := json.Unmarshal(entry, &leaf); err != nil {
		return false, err
	}
	if leaf.Origin != origin || leaf.Seq != seq {
		return false, fmt.Errorf("the leaf says that it is %d of %s", leaf.Seq, leaf.Origin)
	}
	if err := json.Unmarshal(data, &one); err != nil {
		return false, err
	}
	if err := json.Unmarshal(one.Statement, &said); err != nil {
		return false, err
	}
	listed := binary.BigEndian.AppendUint32([]byte("entente/parts/v1\x00"), uint32(1+len(said.Details)))
	part := commitment("act", salt, data)
	listed = append(listed, part[:]...)
	for _, detail := range said.Details {
		raw, err := hex.DecodeString(detail[1])
		if err != nil {
			return false, err
		}
		listed = append(listed, raw...)
	}
	com, com2 := sha256.Sum256(listed), sha3.Sum256(listed)
	if hex.EncodeToString(com[:]) != leaf.Com || hex.EncodeToString(com2[:]) != leaf.Com2 {
		return false, fmt.Errorf("the leaf does not commit to it")
	}
	if said.Signer == nil {
		return false, nil
	}
	// A root key is known by its fingerprint; it certifies itself in the first act, and then enrols the others.
	if card := said.Body.Card; said.Verb == "keys.certify" && card != nil && card.Root.fingerprint() == root {
		keys[root] = card.Root
	}
	key, known := keys[said.Signer.Key]
	if !known || said.Signer.Suite != "E1" {
		return false, fmt.Errorf("nobody enrolled the key %.16s", said.Signer.Key)
	}
	if err := verifyE1(key, "application/vnd.entente.statement+json", one.Statement, one.Signature); err != nil {
		return false, err
	}
	if said.Verb == "staff.enrol" && said.Signer.Key == root && said.Body.Key != nil {
		keys[said.Body.Key.fingerprint()] = *said.Body.Key
	}
	return true, nil
}

func commitment(name string, salt, data []byte) [32]byte {
	all := binary.BigEndian.AppendUint16([]byte("entente/part/v1\x00"), uint16(len(name)))
	all = append(append(all, name...), salt...)
	all = binary.BigEndian.AppendUint64(all, uint64(len(data)))
	return sha256.Sum256(append(all, data...))
}

// verifyE1: both halves over DSSE's pre-authentication encoding, neither more nor less.
func verifyE1(key e1Key, kind string, body []byte, signature map[string]string) error {
	ed, ml, err := key.halves()
	if err != nil {
		return err
	}
	if len(signature) != 2 {
		return fmt.Errorf("a signature has two halves")
	}
	message := fmt.Appendf(nil, "DSSEv1 %d %s %d %s", len(kind), kind, len(body), body)
	classic, err := unbase64(signature["ed25519"])
	if err != nil || len(classic) != ed25519.SignatureSize || !ed25519.Verify(ed, message, classic) {
		return fmt.Errorf("the Ed25519 half does not verify")
	}
	quantum, err := unbase64(signature["mldsa65"])
	if err != nil {
		return err
	}
	if err := verifyMLDSA(mldsa.MLDSA65(), ml, message, quantum, "entente/v1"); err != nil {
		return fmt.Errorf("the ML-DSA-65 half does not verify: %w", err)
	}
	return nil
}

// unbase64 reads base64 in its one spelling; Go's decoder passes over line ends.
func unbase64(text string) ([]byte, error) {
	data, err := base64.StdEncoding.Strict().DecodeString(text)
	if err == nil && base64.StdEncoding.EncodeToString(data) != text {
		err = fmt.Errorf("%.20q is not base64 in its one spelling", text)
	}
	return data, err
}

func checkName(name string) error {
	for _, r := range name {
		if unicode.IsSpace(r) || r == '+' || !unicode.IsPrint(r) {
			return fmt.Errorf("%q is no name", name)
		}
	}
	if len(name) < 1 || len(name) > 255 || !utf8.ValidString(name) {
		return fmt.Errorf("%q is no name", name)
	}
	return nil
}

func readJSON(path string, into any) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return json.Unmarshal(data, into)
}
