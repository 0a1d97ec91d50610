#include "slimming/duplicates.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>
#include <string>
#include <tuple>
#include <utility>

#include "common/digest.hpp"
#include "common/parallel.hpp"
#include "slimming/origin_set.hpp"

namespace whittle::slimming {
namespace {

using Entry = Duplicates::Entry;
using Entries = std::vector<const Entry*>;

constexpr std::uint64_t smallest = 512;    // bytes: a link has a header as well
constexpr std::size_t most_links = 1'000;  // of one file; file systems allow 65,000 and some fewer

bool is_at_or_below(std::string_view path, std::string_view folder) {
  return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

// A third of what a Digest takes.
using RawDigest = std::array<std::uint64_t, 4>;
RawDigest raw(const Digest& digest) {
  constexpr std::size_t digits = 16;
  RawDigest raw{};
  for (std::size_t i = 0; i < raw.size(); ++i) {
    const auto part = digest.hex().substr(i * digits, digits);
    std::from_chars(part.data(), part.data() + part.size(), raw[i], 16);
  }
  return raw;
}

// What has to be equal besides the bytes; the time where something compares it.
auto facts_of(const Entry& file) {
  using Xattrs = layers::CommonFields::Map;
  const bool has_time = file.path().ends_with(".py");
  return std::tuple<std::uint64_t, std::uint32_t, std::uint32_t, std::uint32_t, bool, std::int64_t,
                    const Xattrs&>(file.size(), file.mode(), file.uid(), file.gid(), has_time,
                                   has_time ? file.mtime() : 0, file.common().xattrs);
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
    Entries files;
    for (const auto& file : selection_.tree().entries()) {
      if (!file.is_file() || !selection_.keeps(file)) continue;
      if (met.insert(file.origin()) && may_be_linked(file)) files.push_back(&file);
    }
    // In each run they stay in the order of paths.
    std::stable_sort(files.begin(), files.end(),
                     [](const auto* a, const auto* b) { return facts_of(*a) < facts_of(*b); });
    for_each_run(
        files, [](const auto* a, const auto* b) { return facts_of(*a) == facts_of(*b); },
        [&](std::span<const Entry*> alike) { compare(alike, stop); });
    std::sort(sets_.begin(), sets_.end(),
              [](const auto& a, const auto& b) { return a[0]->path() < b[0]->path(); });
    return std::move(sets_);
  }

 private:
  void add_writable(std::string_view folder) {
    while (folder.starts_with('/')) folder.remove_prefix(1);
    while (folder.ends_with('/')) folder.remove_suffix(1);
    if (!folder.empty()) writable_.emplace_back(folder);
  }
  bool may_be_linked(const Entry& entry) const {
    const auto path = entry.path();
    return entry.size() >= smallest && !selection_.is_pinned(entry) &&
           std::none_of(writable_.begin(), writable_.end(),
                        [&](const auto& one) { return is_at_or_below(path, one); });
  }

  // Calls `use` with each stretch of two and more that are equal.
  template <typename Items, typename IsEqual, typename Use>
  static void for_each_run(Items& items, const IsEqual& is_equal, const Use& use) {
    for (std::size_t begin = 0, end = 0; begin < items.size(); begin = end) {
      for (end = begin + 1; end < items.size() && is_equal(items[begin], items[end]);) ++end;
      if (end - begin > 1) use(std::span(items).subspan(begin, end - begin));
    }
  }

  struct Hashed {
    RawDigest digest;
    const Entry* file;
  };
  void compare(std::span<const Entry*> alike, const std::stop_token& stop) {
    std::vector<Hashed> hashed;
    hashed.reserve(alike.size());
    for (const auto* file : alike) {
      throw_if_stopped(stop);
      hashed.push_back({raw(digest_of(*file)), file});
    }
    std::stable_sort(hashed.begin(), hashed.end(),
                     [](const Hashed& a, const Hashed& b) { return a.digest < b.digest; });
    for_each_run(
        hashed, [](const Hashed& a, const Hashed& b) { return a.digest == b.digest; },
        [this](std::span<Hashed> equal) { add_set(equal); });
  }

  Digest digest_of(const Entry& file) {
    const auto content = image_.content(file);
    comparison::AccessSource source(content);
    Hasher hasher;
    while (const auto count = source.read(buffer_)) hasher.write(Bytes(buffer_).first(count));
    return hasher.finish();
  }

  void add_set(std::span<const Hashed> equal) {
    auto& set = sets_.emplace_back();
    for (const auto& one : equal.first(std::min(equal.size(), most_links))) set.push_back(one.file);
  }

  const SourceImage& image_;
  const Selection& selection_;
  std::vector<std::string> writable_ = {};
  std::vector<std::vector<const Entry*>> sets_ = {};
  std::vector<std::byte> buffer_ = std::vector<std::byte>(stream_buffer_size);
};

}  // namespace

Duplicates::Duplicates(const SourceImage& image, const Selection& selection, const std::stop_token& stop)
    : sets_(Search(image, selection).run(stop)) {}

}  // namespace whittle::slimming
