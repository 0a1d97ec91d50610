#include "comparison/left_overs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "common/error.hpp"

namespace whittle::comparison {
namespace {

constexpr std::size_t longest_tail = 64U << 10U;

std::uint64_t hash_of(std::string_view path) {
  return std::hash<std::string_view>{}(path);
}

// Numbers in eight bytes, texts behind their length. Only this process reads them again.
class RecordWriter {
 public:
  void add(std::uint64_t number) {
    char bytes[sizeof number];
    std::memcpy(bytes, &number, sizeof number);
    text_.append(bytes, sizeof number);
  }
  void add(std::string_view text) {
    add(std::uint64_t{text.size()});
    text_ += text;
  }
  void add(const std::map<std::string, std::string, std::less<>>& fields) {
    add(std::uint64_t{fields.size()});
    for (const auto& [key, value] : fields) {
      add(std::string_view(key));
      add(std::string_view(value));
    }
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

class RecordReader {
 public:
  explicit RecordReader(std::string_view text) : text_(text) {}
  std::uint64_t number() {
    std::uint64_t number = 0;
    std::memcpy(&number, next(sizeof number).data(), sizeof number);
    return number;
  }
  template <typename Number>
  void read(Number& into) {
    into = static_cast<Number>(number());
  }
  void read(std::string& into) { into = next(static_cast<std::size_t>(number())); }
  void read(std::map<std::string, std::string, std::less<>>& into) {
    for (auto count = number(); count > 0; --count) {
      std::string key;
      read(key);
      read(into[key]);
    }
  }

 private:
  std::string_view next(std::size_t size) {
    if (size > text_.size()) throw Error(ErrorKind::io, "a temporary file has changed underneath");
    const auto bytes = text_.substr(0, size);
    text_.remove_prefix(size);
    return bytes;
  }
  std::string_view text_;
};

std::string packed(const LeftOver& left) {
  RecordWriter record;
  const auto& entry = left.entry;
  for (const auto& text : {entry.path, entry.target, entry.written, entry.owner, entry.group,
                           left.digest ? left.digest->text() : std::string()})
    record.add(std::string_view(text));
  for (const std::uint64_t number :
       {std::uint64_t{left.layer}, left.content.offset, left.content.size, entry.size, entry.offset,
        entry.number, static_cast<std::uint64_t>(entry.mtime), std::uint64_t{entry.mtime_nanoseconds},
        std::uint64_t{entry.mode}, std::uint64_t{entry.uid}, std::uint64_t{entry.gid},
        std::uint64_t{entry.device_major}, std::uint64_t{entry.device_minor},
        static_cast<std::uint64_t>(entry.type), static_cast<std::uint64_t>(entry.format),
        std::uint64_t{entry.sparse}})
    record.add(number);
  record.add(entry.xattrs);
  record.add(entry.records);
  return record.text();
}

LeftOver unpacked(std::string_view text) {
  RecordReader record(text);
  LeftOver left;
  auto& entry = left.entry;
  std::string digest;
  for (auto* into : {&entry.path, &entry.target, &entry.written, &entry.owner, &entry.group, &digest})
    record.read(*into);
  if (!digest.empty()) left.digest = Digest::parse(digest);
  record.read(left.layer);
  for (auto* into : {&left.content.offset, &left.content.size, &entry.size, &entry.offset, &entry.number})
    record.read(*into);
  record.read(entry.mtime);
  for (auto* into : {&entry.mtime_nanoseconds, &entry.mode, &entry.uid, &entry.gid, &entry.device_major,
                     &entry.device_minor})
    record.read(*into);
  record.read(entry.type);
  record.read(entry.format);
  record.read(entry.sparse);
  record.read(entry.xattrs);
  record.read(entry.records);
  return left;
}

}  // namespace

std::optional<LeftOver> LeftOvers::put(const LeftOver& entry, std::string_view what) {
  auto before = take(entry.entry.path);
  if (places_.size() >= most)
    throw Error(
        ErrorKind::limit,
        fmt::format("more than {} entries of {} are at another place, or not there, in the other image", most,
                    what));
  places_.emplace(hash_of(entry.entry.path), Place{records_.size() + tail_.size(), entry.content.in});
  RecordWriter size;
  const auto record = packed(entry);
  size.add(std::uint64_t{record.size()});
  tail_ += size.text() + record;
  if (tail_.size() > longest_tail) {
    records_.append(as_bytes(tail_));
    tail_.clear();
  }
  return before;
}

std::string LeftOvers::bytes_at(std::uint64_t offset, std::size_t size) const {
  if (offset >= records_.size())
    return tail_.substr(static_cast<std::size_t>(offset - records_.size()), size);
  std::string bytes(size, '\0');
  bytes.resize(records_.read_at(offset, std::as_writable_bytes(std::span(bytes))));
  return bytes;
}

LeftOver LeftOvers::read(const Place& place) const {
  const auto size = RecordReader(bytes_at(place.offset, sizeof(std::uint64_t))).number();
  auto left = unpacked(bytes_at(place.offset + sizeof(std::uint64_t), static_cast<std::size_t>(size)));
  left.content.in = place.content;
  return left;
}

std::optional<LeftOver> LeftOvers::take(std::string_view path) {
  const auto [from, to] = places_.equal_range(hash_of(path));
  for (auto at = from; at != to; ++at) {
    auto left = read(at->second);
    if (left.entry.path != path) continue;
    places_.erase(at);
    return left;
  }
  return std::nullopt;
}

void LeftOvers::drain(const std::function<void(LeftOver)>& visit) {
  std::vector<Place> places;
  places.reserve(places_.size());
  for (const auto& [hash, place] : places_) places.push_back(place);
  places_ = {};
  std::sort(places.begin(), places.end(), [](const Place& a, const Place& b) { return a.offset < b.offset; });
  for (const auto& place : places) visit(read(place));
}

}  // namespace whittle::comparison
