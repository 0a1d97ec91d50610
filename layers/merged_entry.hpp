// What a tree of layers keeps of an entry: all that its header says, in as little room as that takes, for
// there may be millions.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "layers/tar_reader.hpp"
#include "layers/text_store.hpp"

namespace whittle::layers {

// Fields that few entries have, or many have alike. A tree keeps equal ones once.
struct CommonFields {
  using Map = std::map<std::string, std::string, std::less<>>;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::uint32_t device_major = 0;
  std::uint32_t device_minor = 0;
  std::string owner = {};
  std::string group = {};
  Map xattrs = {};
  Map records = {};
  auto operator<=>(const CommonFields&) const = default;
};

// Made and owned by a MergedTree; what it gives out lives as long as that. Each field is as in TarEntry.
// Immutable.
class MergedEntry {
 public:
  // The entry that brought a content into the image: equal for a file and all hard links to it, whatever
  // became of the name it came by.
  struct Origin {
    std::size_t layer = 0;
    std::uint64_t number = 0;  // TarEntry::number
    auto operator<=>(const Origin&) const = default;
  };

  // Where containers see it, symbolic links of folders followed; "" is the root.
  std::string_view path() const { return path_.view(); }
  // Of a symbolic link verbatim, of a hard link the path of its file.
  std::string_view target() const { return target_.view(); }
  char type() const { return type_; }
  std::uint32_t mode() const { return mode_; }
  std::uint32_t uid() const { return common_->uid; }
  std::uint32_t gid() const { return common_->gid; }
  // A hard link has the fields and the content of its file.
  std::uint64_t size() const { return size_; }
  std::uint64_t offset() const { return offset_; }
  std::int64_t mtime() const { return mtime_; }
  std::uint32_t mtime_nanoseconds() const { return mtime_nanoseconds_; }
  const CommonFields& common() const { return *common_; }

  bool is_directory() const { return type_ == '5'; }
  bool is_symbolic_link() const { return type_ == '2'; }
  bool is_hard_link() const { return type_ == '1'; }
  // A file under its first or any other name.
  bool is_file() const { return type_ <= '1' || type_ > '6'; }

  std::size_t layer() const { return layer_; }  // that it came from, the lowest is 0
  std::uint64_t number() const { return number_; }
  Origin origin() const { return {origin_layer_, origin_number_}; }
  Origin place() const { return {layer_, number_}; }  // of itself
  // Whether a later entry took its place or removed it.
  bool is_hidden() const { return is_hidden_; }

  // All of it as a reader would have it, with the path as it is here.
  TarEntry header() const;

 private:
  friend class MergedTree;
  friend class PathIndex;

  TextStore::Text path_ = {};
  TextStore::Text target_ = {};
  std::uint64_t size_ = 0;
  std::uint64_t offset_ = 0;
  std::int64_t mtime_ = 0;
  const CommonFields* common_ = nullptr;
  std::uint32_t layer_ = 0;
  std::uint32_t number_ = 0;
  std::uint32_t origin_layer_ = 0;
  std::uint32_t origin_number_ = 0;
  std::uint32_t mtime_nanoseconds_ = 0;
  std::uint16_t mode_ = 0;
  char type_ = '0';
  bool is_hidden_ = false;
};

}  // namespace whittle::layers
