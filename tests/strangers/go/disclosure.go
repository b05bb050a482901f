package main

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha3"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"sort"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// spec/disclosure.md, DISC-1. Fields stand in the order of their keys, so that writing again gives the one spelling.
type disclosureFile struct {
	Agreements [][]byte        `json:"agreements"`
	Cards      [][]byte        `json:"cards"`
	Feeds      []disclosedFeed `json:"feeds"`
	V          int             `json:"v"`
}

type disclosedFeed struct {
	Cited   []citedHead      `json:"cited"`
	Entries []disclosedEntry `json:"entries"`
	Forks   [][]byte         `json:"forks"`
	Head    []byte           `json:"head"`
	Origin  string           `json:"origin"`
}

type citedHead struct {
	Last      []byte   `json:"last"`
	LastProof [][]byte `json:"last_proof"`
	Proof     [][]byte `json:"proof"`
	Root      []byte   `json:"root"`
	Size      int64    `json:"size"`
}

type disclosedEntry struct {
	Commitments [][]byte        `json:"commitments"`
	Leaf        []byte          `json:"leaf"`
	Parts       []disclosedPart `json:"parts"`
	Proof       [][]byte        `json:"proof"`
	Seq         int64           `json:"seq"`
}

type disclosedPart struct {
	Data  []byte `json:"data"`
	Index int    `json:"index"`
	Name  string `json:"name"`
	Salt  []byte `json:"salt"`
}

type disclosureReport struct {
	Agreement string         `json:"agreement"`
	Entries   map[string]int `json:"entries"`
	Signed    []string       `json:"signed"` // entry and officer, in the files' order
	NotBefore []string       `json:"not_before"`
	By        []string       `json:"by"`
	Details   int            `json:"details"`
	Shown     int            `json:"shown"`
}

type discloser struct {
	agreement struct {
		ID    string
		Party []struct{ ID, Root string }
	}
	roots  map[string]e1Key
	vkeys  map[string][]string
	trees  map[string]tlog.Tree
	cited  map[string]map[int64]string
	report disclosureReport
}

func checkDisclosure(path, agreement string) (*disclosureReport, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var file disclosureFile
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&file); err != nil {
		return nil, err
	}
	var again bytes.Buffer
	encoder := json.NewEncoder(&again)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(file); err != nil {
		return nil, err
	}
	if !bytes.Equal(bytes.TrimSuffix(again.Bytes(), []byte("\n")), data) || file.V != 1 {
		return nil, fmt.Errorf("it is not in its one spelling")
	}
	d := &discloser{
		roots: map[string]e1Key{}, vkeys: map[string][]string{}, trees: map[string]tlog.Tree{},
		cited: map[string]map[int64]string{}, report: disclosureReport{Entries: map[string]int{}},
	}
	if len(file.Agreements) != 1 {
		return nil, fmt.Errorf("this program reads one agreement, not %d", len(file.Agreements))
	}
	sum := sha256.Sum256(file.Agreements[0])
	if d.report.Agreement = hex.EncodeToString(sum[:]); d.report.Agreement != agreement {
		return nil, fmt.Errorf("it rests on agreement %s", d.report.Agreement)
	}
	if err := json.Unmarshal(file.Agreements[0], &d.agreement); err != nil {
		return nil, err
	}
	for _, card := range file.Cards {
		if err := d.card(card); err != nil {
			return nil, err
		}
	}
	if !sort.SliceIsSorted(file.Feeds, func(i, j int) bool { return file.Feeds[i].Origin < file.Feeds[j].Origin }) {
		return nil, fmt.Errorf("the feeds are not in their order")
	}
	for _, feed := range file.Feeds {
		if err := d.feed(feed); err != nil {
			return nil, fmt.Errorf("%s: %w", feed.Origin, err)
		}
	}
	for _, feed := range file.Feeds {
		keys := map[string]e1Key{}
		for _, entry := range feed.Entries {
			if err := d.entry(feed.Origin, entry, keys); err != nil {
				return nil, fmt.Errorf("entry %d of %s: %w", entry.Seq, feed.Origin, err)
			}
		}
		d.report.Entries[feed.Origin] = len(feed.Entries)
	}
	return &d.report, nil
}

// card: DISC-8. What is signed is the card without its signature; slices of canonical bytes stay canonical.
func (d *discloser) card(data []byte) error {
	var fields map[string]json.RawMessage
	var card struct {
		Party     string
		Root      e1Key
		Keys      map[string]string
		Signature map[string]string
	}
	if err := json.Unmarshal(data, &fields); err != nil {
		return err
	}
	if err := json.Unmarshal(data, &card); err != nil {
		return err
	}
	delete(fields, "signature")
	var names []string
	for name := range fields {
		names = append(names, name)
	}
	sort.Strings(names)
	var parts []string
	for _, name := range names {
		parts = append(parts, fmt.Sprintf("%q:%s", name, fields[name]))
	}
	body := "{" + strings.Join(parts, ",") + "}"
	if err := verifyE1(card.Root, "application/vnd.entente.card+json", []byte(body), card.Signature); err != nil {
		return fmt.Errorf("the card of %s: %w", card.Party, err)
	}
	for _, party := range d.agreement.Party {
		if party.ID == card.Party && party.Root == card.Root.fingerprint() {
			origin := fmt.Sprintf("%s/%s/1", card.Party, d.agreement.ID)
			log, err := vkeyOf(origin, 1, card.Keys["log"])
			if err != nil {
				return err
			}
			pq, err := vkeyOf(origin, 6, card.Keys["log_pq"])
			if err != nil {
				return err
			}
			d.roots[origin], d.vkeys[origin] = card.Root, []string{log, pq}
			return nil
		}
	}
	return fmt.Errorf("the agreement does not pin the root of %s", card.Party)
}

func vkeyOf(name string, kind byte, public string) (string, error) {
	raw, err := unbase64(public)
	if err != nil {
		return "", err
	}
	key := append([]byte{kind}, raw...)
	sum := sha256.Sum256(append([]byte(name+"\n"), key...))
	return fmt.Sprintf("%s+%08x+%s", name, binary.BigEndian.Uint32(sum[:4]), base64.StdEncoding.EncodeToString(key)), nil
}

// feed: DISC-9 and DISC-13.
func (d *discloser) feed(feed disclosedFeed) error {
	vkeys, known := d.vkeys[feed.Origin]
	if !known {
		return fmt.Errorf("there is no card for it")
	}
	// Lines of unknown keys say nothing; sumdb/note passes over them.
	tree, origin, err := openHead(feed.Head, vkeys)
	if err != nil || origin != feed.Origin {
		return fmt.Errorf("its head is of %q: %v", origin, err)
	}
	d.trees[origin], d.cited[origin] = tree, map[int64]string{}
	for _, one := range feed.Cited {
		root, err := hashOf(one.Root)
		if err != nil {
			return err
		}
		if one.Size < 1 || one.Size > tree.N {
			return fmt.Errorf("a cited head has %d entries", one.Size)
		}
		proof, err := hashesOf(one.Proof)
		if err != nil {
			return err
		}
		if one.Size == tree.N && (root != tree.Hash || len(proof) != 0) {
			return fmt.Errorf("the cited head of %d entries is another", one.Size)
		}
		if one.Size < tree.N {
			if err := tlog.CheckTree(proof, tree.N, tree.Hash, one.Size, root); err != nil {
				return err
			}
		}
		if err := checkPlace(one.Last, one.LastProof, one.Size-1, tlog.Tree{N: one.Size, Hash: root}, origin); err != nil {
			return err
		}
		d.cited[origin][one.Size] = hex.EncodeToString(one.Root)
	}
	last := int64(-1)
	for _, entry := range feed.Entries {
		if entry.Seq <= last {
			return fmt.Errorf("the entries are not in their order")
		}
		last = entry.Seq
	}
	return nil
}

// checkPlace: DISC-10.
func checkPlace(leaf []byte, path [][]byte, seq int64, tree tlog.Tree, origin string) error {
	var said struct {
		Origin string
		Seq    int64
	}
	if err := json.Unmarshal(leaf, &said); err != nil {
		return err
	}
	if said.Origin != origin || said.Seq != seq {
		return fmt.Errorf("the leaf says that it is %d of %s", said.Seq, said.Origin)
	}
	proof, err := hashesOf(path)
	if err != nil {
		return err
	}
	if seq >= tree.N {
		return fmt.Errorf("the log has %d entries", tree.N)
	}
	return tlog.CheckRecord(proof, tree.N, tree.Hash, seq, tlog.RecordHash(leaf))
}

// disclosedAct is what DISC-14 to DISC-19 read of an act.
type disclosedAct struct {
	Seen      [][3]any
	Statement json.RawMessage
	Signature map[string]string
}

type disclosedStatement struct {
	Verb    string
	Details [][2]string
	Signer  *struct{ Key, Suite, Office, Officer, Shown string }
	Body    struct {
		Key         *e1Key
		Officer     string
		Fingerprint string
	}
}

// entry: DISC-10 to DISC-12, and what follows from an opened act.
func (d *discloser) entry(origin string, entry disclosedEntry, keys map[string]e1Key) error {
	if err := checkPlace(entry.Leaf, entry.Proof, entry.Seq, d.trees[origin], origin); err != nil {
		return err
	}
	var leaf struct{ Com, Com2 string }
	if err := json.Unmarshal(entry.Leaf, &leaf); err != nil {
		return err
	}
	if len(entry.Commitments) == 0 && len(entry.Parts) == 0 {
		return nil
	}
	listed := binary.BigEndian.AppendUint32([]byte("entente/parts/v1\x00"), uint32(len(entry.Commitments)))
	for _, one := range entry.Commitments {
		listed = append(listed, one...)
	}
	com, com2 := sha256.Sum256(listed), sha3.Sum256(listed)
	if hex.EncodeToString(com[:]) != leaf.Com || hex.EncodeToString(com2[:]) != leaf.Com2 {
		return fmt.Errorf("the leaf does not commit to these parts")
	}
	opened, last := map[int]disclosedPart{}, -1
	for _, part := range entry.Parts {
		if part.Index <= last || part.Index >= len(entry.Commitments) || (part.Index == 0) != (part.Name == "act") {
			return fmt.Errorf("part %d is out of place", part.Index)
		}
		last = part.Index
		made := commitment(part.Name, part.Salt, part.Data)
		if len(part.Salt) != 32 || !bytes.Equal(made[:], entry.Commitments[part.Index]) {
			return fmt.Errorf("it did not commit to part %d", part.Index)
		}
		opened[part.Index] = part
		if part.Index > 0 {
			d.report.Details++
		}
	}
	act, open := opened[0]
	if !open {
		return nil
	}
	return d.act(origin, entry, act.Data, opened, keys)
}

func (d *discloser) act(origin string, entry disclosedEntry, data []byte, opened map[int]disclosedPart, keys map[string]e1Key) error {
	var one disclosedAct
	var said disclosedStatement
	if err := json.Unmarshal(data, &one); err != nil {
		return err
	}
	if err := json.Unmarshal(one.Statement, &said); err != nil {
		return err
	}
	if len(said.Details) != len(entry.Commitments)-1 {
		return fmt.Errorf("its act lists other details")
	}
	name := fmt.Sprintf("%s %d", origin, entry.Seq)
	for at, detail := range said.Details {
		part, open := opened[at+1]
		if detail[1] != hex.EncodeToString(entry.Commitments[at+1]) || open && part.Name != detail[0] {
			return fmt.Errorf("its act lists other details")
		}
		sum := sha256.Sum256(part.Data)
		if open && part.Name == "shown" && said.Signer != nil && said.Signer.Shown == hex.EncodeToString(sum[:]) {
			d.report.Shown++
		}
	}
	for _, head := range one.Seen {
		feed, _ := head[0].(string)
		size, _ := head[1].(float64)
		if root, held := d.cited[feed][int64(size)]; held && root == head[2] {
			d.report.NotBefore = append(d.report.NotBefore, fmt.Sprintf("%s after %s %d", name, feed, int64(size)-1))
			d.report.By = append(d.report.By, fmt.Sprintf("%s %d by %s", feed, int64(size)-1, name))
		}
	}
	if said.Signer == nil {
		return nil
	}
	if said.Signer.Office == "root" {
		root := d.roots[origin]
		keys[root.fingerprint()] = root
	}
	key, known := keys[said.Signer.Key]
	if !known || said.Signer.Suite != "E1" {
		return nil // nobody's, and nothing is claimed
	}
	if err := verifyE1(key, "application/vnd.entente.statement+json", one.Statement, one.Signature); err != nil {
		return err
	}
	d.report.Signed = append(d.report.Signed, name+" "+said.Signer.Officer)
	// Who enrols: the root. A senior officer may as well; this program follows the shorter chain alone.
	if said.Verb == "staff.enrol" && said.Signer.Office == "root" && said.Body.Key != nil {
		keys[said.Body.Key.fingerprint()] = *said.Body.Key
	}
	return nil
}

func hashOf(raw []byte) (tlog.Hash, error) {
	var found tlog.Hash
	if len(raw) != tlog.HashSize {
		return found, fmt.Errorf("a hash has %d bytes", len(raw))
	}
	copy(found[:], raw)
	return found, nil
}

func hashesOf(raws [][]byte) ([]tlog.Hash, error) {
	found := make([]tlog.Hash, len(raws))
	for i, raw := range raws {
		var err error
		if found[i], err = hashOf(raw); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// checkTlogProof checks a c2sp.org/tlog-proof of an entry against the log's keys.
func checkTlogProof(path, vkeyFile, leafFile string) (map[string]any, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	vkeys, err := readVkeys(vkeyFile)
	if err != nil {
		return nil, err
	}
	leaf, err := os.ReadFile(leafFile)
	if err != nil {
		return nil, err
	}
	top, signed, found := strings.Cut(string(data), "\n\n")
	lines := strings.Split(top, "\n")
	var index int64
	if !found || len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" {
		return nil, fmt.Errorf("it is no tlog-proof")
	}
	if _, err := fmt.Sscanf(lines[1], "index %d", &index); err != nil {
		return nil, err
	}
	var proof []tlog.Hash
	for _, line := range lines[2:] {
		raw, err := unbase64(line)
		if err != nil {
			return nil, err
		}
		hash, err := hashOf(raw)
		if err != nil {
			return nil, err
		}
		proof = append(proof, hash)
	}
	tree, origin, err := openHead([]byte(signed), vkeys)
	if err != nil {
		return nil, err
	}
	if err := tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(leaf)); err != nil {
		return nil, err
	}
	return map[string]any{"origin": origin, "index": index, "size": tree.N}, nil
}

