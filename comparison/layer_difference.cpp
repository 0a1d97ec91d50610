#include "comparison/layer_difference.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "common/error.hpp"
#include "comparison/byte_difference.hpp"
#include "comparison/content_difference.hpp"
#include "comparison/entry_difference.hpp"
#include "comparison/entry_order.hpp"
#include "comparison/time_pattern.hpp"

namespace whittle::comparison {
namespace {

using layers::TarEntry;

constexpr std::size_t chunk_size = 2 * stream_buffer_size;

std::string describe(const LayerInput& layer) {
  return fmt::format("the layer {}", layer.descriptor.digest.text());
}

// One of the two archives, with the entry that is next.
class Reader {
 public:
  Reader(const LayerInput& layer, std::size_t index, Side side, Scratch& scratch, LayerWork& work)
      : index_(index),
        side_(side),
        scratch_(scratch),
        work_(work),
        what_(describe(layer)),
        stream_(layer, what_, work.limits, work.stop),
        tar_(stream_, what_, {}, work.limits),
        buffer_(chunk_size) {
    advance();
  }

  const std::optional<TarEntry>& current() const { return current_; }
  void advance() {
    current_ = tar_.next();
    filled_ = 0;
    if (!current_) at_end();
  }

  // The next bytes of the current content, as many as there is room for unless it ends.
  Bytes fill() {
    filled_ = 0;
    while (filled_ < buffer_.size()) {
      const auto count = tar_.read(MutableBytes(buffer_).subspan(filled_));
      if (count == 0) break;
      filled_ += count;
    }
    return Bytes(buffer_).first(filled_);
  }

  // Takes the current entry with its content, and goes on.
  LeftOver take() {
    LeftOver entry{index_, *current_, {}, {&scratch_, scratch_.size(), 0}};
    if (current_->is_file()) {
      Hasher hasher;
      for (auto bytes = fill(); !bytes.empty(); bytes = fill()) {
        hasher.write(bytes);
        entry.content.size += bytes.size();
        if (work_.contents) scratch_.append(bytes);
      }
      entry.digest = hasher.finish();
    }
    see(entry.entry, entry.digest);
    advance();
    return entry;
  }
  void see(const TarEntry& entry, const std::optional<Digest>& digest) const {
    if (work_.seen) work_.seen(side_, entry, digest);
  }

  std::size_t index() const { return index_; }
  Scratch& scratch() { return scratch_; }
  const LayerStream& stream() const { return stream_; }
  const layers::TarReader& tar() const { return tar_; }
  const std::string& what() const { return what_; }

 private:
  // An archive without its end is read to the end of the stream all the same, so that its digest is checked.
  void at_end() {
    while (stream_.read(buffer_) > 0) continue;
  }

  std::size_t index_;
  Side side_;
  Scratch& scratch_;
  LayerWork& work_;
  std::string what_;
  LayerStream stream_;
  layers::TarReader tar_;
  std::vector<std::byte> buffer_;
  std::size_t filled_ = 0;
  std::optional<TarEntry> current_;
};

// The content of one file of each side while it is compared: what is equal is kept once.
class FilePair {
 public:
  FilePair(Reader& a, Reader& b, LayerWork& work, ContentComparison& contents)
      : a_(a),
        b_(b),
        work_(work),
        contents_(contents),
        from_a_(a.scratch().size()),
        from_b_(b.scratch().size()) {}
  ~FilePair() {
    a_.scratch().cut(from_a_);
    b_.scratch().cut(from_b_);
  }
  FilePair(const FilePair&) = delete;
  FilePair& operator=(const FilePair&) = delete;

  // Reads both to their ends and adds what differs.
  void compare(const Where& where, Findings& findings) {
    for (bool first = true;; first = false) {
      const auto left = a_.fill();
      const auto right = b_.fill();
      if (first) decide(left, right);
      if (left.empty() && right.empty()) break;
      difference_.add(left, right);
      if (work_.digests) hash(left, right);
      if (keeps_ && (!fits_ || !difference_.equal())) append(left, right);
    }
    if (work_.digests) finish_digests();
    if (difference_.equal()) return;
    if (keeps_)
      contents_.compare(access_a(), access_b(), difference_, where);
    else
      findings.add({where, "content", fmt::format("{} bytes", difference_.size_a),
                    fmt::format("{} bytes", difference_.size_b), difference_.text()});
  }
  const std::optional<Digest>& digest_a() const { return digest_a_; }
  const std::optional<Digest>& digest_b() const { return digest_b_; }

 private:
  void decide(Bytes left, Bytes right) {
    fits_ = left.size() < chunk_size && right.size() < chunk_size;
    keeps_ = work_.contents && can_look_inside(left, a_.current()->size, right, b_.current()->size);
  }
  void append(Bytes left, Bytes right) {
    a_.scratch().append(left);
    if (difference_.equal())
      shared_ += left.size();
    else
      b_.scratch().append(right);
  }
  void hash(Bytes left, Bytes right) {
    hasher_a_.write(left);
    hasher_b_.write(right);
  }
  void finish_digests() {
    digest_a_ = hasher_a_.finish();
    digest_b_ = hasher_b_.finish();
  }
  KeptAccess access_a() const { return KeptAccess({{&a_.scratch(), from_a_, difference_.size_a}}); }
  KeptAccess access_b() const {
    return KeptAccess(
        {{&a_.scratch(), from_a_, shared_}, {&b_.scratch(), from_b_, difference_.size_b - shared_}});
  }

  Reader& a_;
  Reader& b_;
  LayerWork& work_;
  ContentComparison& contents_;
  std::uint64_t from_a_;
  std::uint64_t from_b_;
  std::uint64_t shared_ = 0;  // bytes from the start that are kept of A alone
  ByteDifference difference_;
  bool fits_ = false;   // into one chunk: then it is kept only if it differs
  bool keeps_ = false;  // there is more to say of the contents than that they differ
  Hasher hasher_a_;
  Hasher hasher_b_;
  std::optional<Digest> digest_a_;
  std::optional<Digest> digest_b_;
};

class Lockstep {
 public:
  Lockstep(Reader& a, Reader& b, LayerWork& work, const Where& where, Findings& findings)
      : a_(a),
        b_(b),
        work_(work),
        where_(where),
        findings_(findings),
        contents_(work.scratch_a, work.scratch_b, findings),
        waiting_a_(work.scratch_a.folder()),
        waiting_b_(work.scratch_b.folder()) {}

  LayerDifference run() {
    while (a_.current() || b_.current()) step();
    LayerDifference result;
    result.entries = order_.count();
    if (!waiting_a_.empty() || !waiting_b_.empty()) std::sort(matched_.begin(), matched_.end());
    leave_over(waiting_a_, Side::a);
    leave_over(waiting_b_, Side::b);
    compare_archives();
    times_.add_findings(where_, findings_);
    return result;
  }

 private:
  void step() {
    const auto& a = a_.current();
    const auto& b = b_.current();
    if (a && b && a->path == b->path) return compare_here();
    if (a && meet(waiting_b_, a_)) return;
    if (b && meet(waiting_a_, b_)) return;
    // In sorted archives the one that is behind has what the other lacks; in others one of them has to wait
    // anyway.
    const bool take_a = a && (!b || a->path < b->path);
    if (take_a)
      wait(waiting_a_, a_);
    else
      wait(waiting_b_, b_);
  }

  Where at(const TarEntry& entry) const { return below(where_, entry.path.empty() ? "/" : entry.path); }

  void note_pair(const TarEntry& a, const TarEntry& b) {
    order_.add(a.number, b.number);
    times_.add(a, b);
    compare_entries(a, b, at(a), findings_);
    matched_.push_back(std::hash<std::string>{}(a.path));
  }

  void compare_here() {
    note_pair(*a_.current(), *b_.current());
    std::optional<Digest> digest_a;
    std::optional<Digest> digest_b;
    if (a_.current()->is_file() && b_.current()->is_file()) {
      FilePair pair(a_, b_, work_, contents_);
      pair.compare(at(*a_.current()), findings_);
      digest_a = pair.digest_a();
      digest_b = pair.digest_b();
    }
    a_.see(*a_.current(), digest_a);
    b_.see(*b_.current(), digest_b);
    a_.advance();
    b_.advance();
  }

  // The current entry of `reader` and the one that waits for it, if one does.
  bool meet(LeftOvers& waiting, Reader& reader) {
    const auto found = waiting.take(reader.current()->path);
    if (!found) return false;
    const auto& other = *found;
    const auto from = reader.scratch().size();
    const auto mine = reader.take();
    const bool is_a = &reader == &a_;
    const auto& left = is_a ? mine : other;
    const auto& right = is_a ? other : mine;
    note_pair(left.entry, right.entry);
    compare_contents_of(left, right, at(left.entry), work_, contents_, findings_);
    reader.scratch().cut(from);
    return true;
  }

  void wait(LeftOvers& waiting, Reader& reader) {
    if (const auto before = waiting.put(reader.take(), reader.what()))
      note_double(before->entry, &reader == &a_);
  }

  void note_double(const TarEntry& entry, bool in_a) {
    const std::string value = "more than once";
    findings_.add({at(entry), "duplicate", in_a ? std::optional(value) : std::nullopt,
                   in_a ? std::nullopt : std::optional(value), "the later one counts"});
  }

  void leave_over(LeftOvers& waiting, Side side) {
    waiting.drain([&](LeftOver entry) {
      // One that its partner was found for before is there twice.
      if (std::binary_search(matched_.begin(), matched_.end(), std::hash<std::string>{}(entry.entry.path)))
        note_double(entry.entry, side == Side::a);
      else if (work_.left_over)
        work_.left_over(side, std::move(entry));
    });
  }

  void compare_archives() {
    if (const auto displaced = order_.displaced(); displaced > 0)
      findings_.add({where_, "order", std::nullopt, std::nullopt,
                     fmt::format("{} of {} entries are at another place", displaced, order_.count())});
    const auto differ = [&](const char* aspect, std::uint64_t a, std::uint64_t b) {
      if (a != b) findings_.add({where_, aspect, fmt::format("{}", a), fmt::format("{}", b)});
    };
    differ("trailing-bytes", a_.tar().trailing_bytes(), b_.tar().trailing_bytes());
    differ("end-blocks", a_.tar().end_blocks(), b_.tar().end_blocks());
  }

  static void compare_contents_of(const LeftOver& left, const LeftOver& right, const Where& where,
                                  const LayerWork& work, ContentComparison& contents, Findings& findings) {
    if (!left.entry.is_file() || !right.entry.is_file() || left.digest == right.digest) return;
    if (work.contents)
      contents.compare(KeptAccess({left.content}), KeptAccess({right.content}), where);
    else
      findings.add({where, "content", fmt::format("{} bytes", left.content.size),
                    fmt::format("{} bytes", right.content.size)});
  }

  Reader& a_;
  Reader& b_;
  LayerWork& work_;
  const Where& where_;
  Findings& findings_;
  ContentComparison contents_;
  LeftOvers waiting_a_;
  LeftOvers waiting_b_;
  EntryOrder order_;
  TimePattern times_;
  std::vector<std::size_t> matched_;  // hashes of paths
};

}  // namespace

LayerDifference compare_layers(const LayerInput& a, std::size_t index_a, const LayerInput& b,
                               std::size_t index_b, LayerWork& work, const Where& where, Findings& findings) {
  Reader left(a, index_a, Side::a, work.scratch_a, work);
  Reader right(b, index_b, Side::b, work.scratch_b, work);
  auto result = Lockstep(left, right, work, where, findings).run();
  const auto& from_a = left.stream();
  const auto& from_b = right.stream();
  result.size_a = from_a.size();
  result.size_b = from_b.size();
  result.equal_tars = from_a.digest() == from_b.digest();
  result.compressor_a = from_a.profile().compressor();
  result.compressor_b = from_b.profile().compressor();
  if (a.descriptor.digest != b.descriptor.digest)
    compare_compression(from_a.profile(), from_b.profile(), result.equal_tars, where, findings);
  return result;
}

LayerDifference read_layer(const LayerInput& layer, std::size_t index, Side side, LayerWork& work) {
  Reader reader(layer, index, side, side == Side::a ? work.scratch_a : work.scratch_b, work);
  LayerDifference result;
  while (reader.current()) {
    auto entry = reader.take();
    if (work.left_over) work.left_over(side, std::move(entry));
  }
  (side == Side::a ? result.size_a : result.size_b) = reader.stream().size();
  (side == Side::a ? result.compressor_a : result.compressor_b) = reader.stream().profile().compressor();
  return result;
}

}  // namespace whittle::comparison
