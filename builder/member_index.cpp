#include "builder/member_index.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <list>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "binaries/random_access.hpp"
#include "builder/sealed.hpp"
#include "common/error.hpp"
#include "common/file.hpp"

namespace whittle::builder {
namespace {

constexpr std::string_view members_header = "whittle members 2";
constexpr std::size_t most_around = 256;  // bytes of the file besides its entries
constexpr std::size_t most_open_blobs = 8;

using Hex = std::array<char, 64>;  // of a sha256

std::string_view text_of(const Hex& hex) {
  return {hex.data(), hex.size()};
}

Hex hex_of(const Digest& digest) {
  Hex hex{};
  std::copy_n(digest.hex().begin(), hex.size(), hex.begin());
  return hex;
}

}  // namespace

// Written to disk as it is, like Entry: the file is of this machine only.
struct MemberIndex::Place {
  Hex blob{};
  Hex compressed{};
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

struct MemberIndex::Entry {
  Hex input{};
  Place place;
};

struct MemberIndex::Data {
  struct HashOfHex {
    std::size_t operator()(const Hex& hex) const noexcept {
      return std::hash<std::string_view>{}(text_of(hex));
    }
  };

  std::once_flag loaded;
  std::mutex mutex;  // guards what follows
  std::unordered_map<Hex, Place, HashOfHex> places;
  std::vector<Entry> learned;  // in this run, oldest first
  bool unsaved = false;
};

// The layers that were read last, kept open: the members of one layer are mostly found in one other.
// Thread-safe.
class MemberIndex::Blobs {
 public:
  explicit Blobs(std::filesystem::path folder) : folder_(std::move(folder)) {}

  // Nothing when it cannot be opened, which is remembered as well.
  std::shared_ptr<const binaries::FileAccess> open(const Hex& blob) {
    {
      const std::lock_guard lock(mutex_);
      const auto found = find(blob);
      if (found != open_.end()) {
        open_.splice(open_.begin(), open_, found);
        return found->file;
      }
    }
    std::shared_ptr<const binaries::FileAccess> file;
    try {
      file = std::make_shared<const binaries::FileAccess>(folder_ / text_of(blob));
    } catch (const Error&) {
      // a layer that is gone has nothing
    }
    const std::lock_guard lock(mutex_);
    if (find(blob) == open_.end()) open_.push_front({blob, file});
    if (open_.size() > most_open_blobs) open_.pop_back();
    return file;
  }

  // To be opened anew: it was written just now.
  void forget(const Hex& blob) {
    const std::lock_guard lock(mutex_);
    open_.remove_if([&](const Opened& opened) { return opened.blob == blob; });
  }

 private:
  struct Opened {
    Hex blob;
    std::shared_ptr<const binaries::FileAccess> file;
  };
  std::list<Opened>::iterator find(const Hex& blob) {
    return std::find_if(open_.begin(), open_.end(),
                        [&](const Opened& opened) { return opened.blob == blob; });
  }

  std::filesystem::path folder_;
  std::mutex mutex_;
  std::list<Opened> open_;  // guarded by mutex_; the last used first
};

MemberIndex::MemberIndex(std::filesystem::path file, std::filesystem::path blobs)
    : file_(std::move(file)),
      data_(std::make_unique<Data>()),
      blobs_(std::make_unique<Blobs>(std::move(blobs))) {}

MemberIndex::~MemberIndex() = default;

// What the file has, newest first; nothing unless all of it is as it was written.
std::vector<MemberIndex::Entry> MemberIndex::entries_of(const std::filesystem::path& file) {
  std::optional<std::string> text;
  try {
    text = read_file_if_present(file, most_around + most_entries * sizeof(Entry));
  } catch (const Error&) {
    return {};  // an index that cannot be read is an empty one
  }
  const auto body = text ? unsealed(*text, members_header) : std::nullopt;
  if (!body || body->size() % sizeof(Entry) != 0) return {};
  std::vector<Entry> entries(body->size() / sizeof(Entry));
  if (!entries.empty()) std::memcpy(entries.data(), body->data(), body->size());
  return entries;
}

std::optional<MemberIndex::Place> MemberIndex::find(const Digest& input) {
  std::call_once(data_->loaded, [&] {
    const auto entries = entries_of(file_);
    const std::lock_guard lock(data_->mutex);
    // Does not replace what was learned meanwhile.
    for (const auto& entry : entries) data_->places.emplace(entry.input, entry.place);
  });
  const std::lock_guard lock(data_->mutex);
  const auto found = data_->places.find(hex_of(input));
  return found == data_->places.end() ? std::nullopt : std::optional(found->second);
}

std::optional<layers::MemberMemory::Recalled> MemberIndex::recall(const Digest& input, MutableBytes out) {
  const auto place = find(input);
  if (!place || place->size == 0 || place->size > out.size()) return std::nullopt;
  const auto blob = blobs_->open(place->blob);
  if (!blob) return std::nullopt;
  const auto member = out.first(static_cast<std::size_t>(place->size));
  try {
    if (blob->read_at(place->offset, member) != member.size()) return std::nullopt;
  } catch (const Error&) {
    return std::nullopt;
  }
  auto actual = Digest::of(Bytes(member));
  if (actual.hex() != text_of(place->compressed)) return std::nullopt;
  return Recalled{member.size(), std::move(actual)};
}

void MemberIndex::learn(const Digest& blob, const std::vector<layers::Member>& members) {
  if (members.empty()) return;
  blobs_->forget(hex_of(blob));
  const std::lock_guard lock(data_->mutex);
  auto& learned = data_->learned;
  for (const auto& member : members) {
    const Entry entry{hex_of(member.input),
                      {hex_of(blob), hex_of(member.compressed), member.offset, member.size}};
    data_->places.insert_or_assign(entry.input, entry.place);
    learned.push_back(entry);
  }
  if (learned.size() > most_entries)
    learned.erase(learned.begin(), learned.end() - static_cast<std::ptrdiff_t>(most_entries));
  data_->unsaved = true;
}

void MemberIndex::save() {
  std::vector<Entry> candidates;
  {
    const std::lock_guard lock(data_->mutex);
    if (!std::exchange(data_->unsaved, false)) return;
    candidates.assign(data_->learned.rbegin(), data_->learned.rend());
  }
  const auto before = entries_of(file_);  // by other processes too
  candidates.insert(candidates.end(), before.begin(), before.end());
  std::unordered_set<Hex, Data::HashOfHex> inputs;
  std::string body;
  for (const auto& entry : candidates) {
    if (inputs.size() == most_entries) break;
    if (inputs.insert(entry.input).second) body.append(reinterpret_cast<const char*>(&entry), sizeof entry);
  }
  try {
    write_file(file_, sealed(members_header, body), AtomicFile::Durability::content);
  } catch (const Error&) {
    // Without the index the next run compresses these members again; nothing is lost.
  }
}

MemberIndexes::MemberIndexes(const Cache& cache, const registry::Layout& store)
    : folder_(cache.members()), blobs_(store.folder() / "blobs" / "sha256") {}

MemberIndex& MemberIndexes::of(const std::string& compression) {
  const std::lock_guard lock(mutex_);
  const auto file = folder_ / Digest::of(compression).hex();
  return indexes_.try_emplace(compression, file, blobs_).first->second;
}

void MemberIndexes::save() {
  const std::lock_guard lock(mutex_);
  for (auto& [compression, index] : indexes_) index.save();
}

}  // namespace whittle::builder
