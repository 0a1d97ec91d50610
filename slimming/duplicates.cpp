#include "slimming/duplicates.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <tuple>
#include <utility>

#include "common/parallel.hpp"
#include "slimming/origin_set.hpp"

namespace whittle::slimming {
namespace {

using Entry = Duplicates::Entry;

constexpr std::uint64_t smallest = 512;    // bytes: a link has a header as well
constexpr std::size_t most_links = 1'000;  // of one file; file systems allow 65,000 and some fewer

bool is_at_or_below(std::string_view path, std::string_view folder) {
  return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

class Search {
 public:
  Search(const SourceImage& image, const Selection& selection) : image_(image), selection_(selection) {
    writable_ = {"etc", "var", "home", "root", "srv", "run", "tmp", "dev", "proc", "sys"};
    for (const auto& volume : image.config.execution.volumes) add_writable(volume);
  }

  std::vector<std::vector<const Entry*>> run(const std::stop_token& stop) {
    // Files that are one already count once, by their first path.
    OriginSet met;
    for (const auto& entry : selection_.tree().entries()) {
      const auto& file = entry.second.entry;
      if ((!file.is_file() && file.type != '1') || !selection_.keeps(entry.first)) continue;
      if (!met.insert(entry.second.origin) || !may_be_linked(entry)) continue;
      by_size_[file.size].push_back(&entry);
    }
    for (const auto& [size, entries] : by_size_)
      if (entries.size() > 1) compare(entries, stop);
    std::sort(sets_.begin(), sets_.end(),
              [](const auto& a, const auto& b) { return a[0]->first < b[0]->first; });
    return std::move(sets_);
  }

 private:
  void add_writable(std::string_view folder) {
    while (folder.starts_with('/')) folder.remove_prefix(1);
    while (folder.ends_with('/')) folder.remove_suffix(1);
    if (!folder.empty()) writable_.emplace_back(folder);
  }
  bool may_be_linked(const Entry& entry) const {
    const auto& path = entry.first;
    return entry.second.entry.size >= smallest && !selection_.is_pinned(path) &&
           std::none_of(writable_.begin(), writable_.end(),
                        [&](const auto& one) { return is_at_or_below(path, one); });
  }

  // What has to be equal besides the bytes; the time where something compares it.
  static auto facts_of(const Entry& entry) {
    const auto& file = entry.second.entry;
    const bool has_time = entry.first.ends_with(".py");
    return std::tuple(file.mode, file.uid, file.gid, file.xattrs, has_time ? file.mtime : 0, has_time);
  }

  void compare(const std::vector<const Entry*>& entries, const std::stop_token& stop) {
    using Facts = decltype(facts_of(*entries.front()));
    std::map<Facts, std::vector<const Entry*>> alike;
    for (const auto* entry : entries) alike[facts_of(*entry)].push_back(entry);
    for (const auto& [facts, same] : alike) {
      if (same.size() < 2) continue;
      std::map<Digest, std::vector<const Entry*>> by_digest;
      for (const auto* entry : same) {
        throw_if_stopped(stop);
        by_digest[digest_of(entry->second.entry)].push_back(entry);
      }
      for (auto& [digest, equal] : by_digest) add_set(equal);
    }
  }

  Digest digest_of(const layers::TarEntry& file) {
    const auto content = image_.content(file);
    comparison::AccessSource source(content);
    Hasher hasher;
    while (const auto count = source.read(buffer_)) hasher.write(Bytes(buffer_).first(count));
    return hasher.finish();
  }

  void add_set(std::vector<const Entry*>& equal) {
    equal.resize(std::min(equal.size(), most_links));
    if (equal.size() > 1) sets_.push_back(std::move(equal));
  }

  const SourceImage& image_;
  const Selection& selection_;
  std::vector<std::string> writable_ = {};
  std::map<std::uint64_t, std::vector<const Entry*>> by_size_ = {};
  std::vector<std::vector<const Entry*>> sets_ = {};
  std::vector<std::byte> buffer_ = std::vector<std::byte>(stream_buffer_size);
};

}  // namespace

Duplicates::Duplicates(const SourceImage& image, const Selection& selection, const std::stop_token& stop)
    : sets_(Search(image, selection).run(stop)) {}

}  // namespace whittle::slimming
