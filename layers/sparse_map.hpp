// Which bytes of a sparse file a tar stores, the rest being zeros: as GNU tar writes it, in the old form and
// as the records of 0.0, 0.1 and 1.0 (its manual, "Storing Sparse Files").
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace whittle::layers {

// Stored parts in their order. Read from the start to the end, by one thread.
class SparseMap {
 public:
  static constexpr std::size_t parts_limit = 65'536;  // hostile 78

  // Error(integrity) for a part that lies before the end of the last one, Error(limit) beyond parts_limit.
  void add(std::uint64_t offset, std::uint64_t size);
  std::size_t parts() const { return parts_.size(); }
  // Error(integrity) unless the parts lie within a file of `size` bytes and are `stored` bytes in all.
  void finish(std::uint64_t size, std::uint64_t stored);
  std::uint64_t size() const { return size_; }

  // From `position` on, which never goes back, that many bytes are all stored or all zeros; none at the end.
  struct Stretch {
    std::uint64_t size = 0;
    bool stored = false;
  };
  Stretch at(std::uint64_t position);

 private:
  struct Part {
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
  };
  std::vector<Part> parts_;
  std::size_t next_ = 0;  // the first that does not lie before the last position
  std::uint64_t end_ = 0;
  std::uint64_t stored_ = 0;
  std::uint64_t size_ = 0;
};

// What the records in front of an entry say of its being sparse. Errors are integrity, and unsupported for a
// version that is none of the three.
class SparseRecords {
 public:
  // Whether the record is one of these.
  bool take(std::string_view key, std::string_view value);
  bool empty() const { return values_.empty() && map_.parts() == 0 && !offset_; }
  // The file's own name, if it stands here.
  std::optional<std::string> name() const;
  // Whether the map stands before the content (1.0), rather than here.
  bool map_in_content() const;
  // Size of the file with its holes.
  std::uint64_t size() const;
  // The map of 0.0 and 0.1; one that counts its parts must be right.
  SparseMap map() const;

 private:
  const std::string* find(std::string_view key) const;

  std::map<std::string, std::string, std::less<>> values_;
  SparseMap map_;                        // of 0.0, whose records repeat
  std::optional<std::uint64_t> offset_;  // whose size is still to come
};

// Adds the parts in that area of an old GNU header; false once one without a size ended them.
bool add_old_parts(std::string_view area, SparseMap& map);

// The map of 1.0, which comes in blocks of 512 bytes: lines of decimal numbers, the count first.
class SparseLines {
 public:
  // Whether more blocks belong to it. Error(integrity), Error(limit) as above.
  bool take(std::string_view block);
  SparseMap& map() { return map_; }

 private:
  void number(std::uint64_t value);

  SparseMap map_;
  std::string line_;
  std::optional<std::uint64_t> count_;
  std::optional<std::uint64_t> offset_;
};

}  // namespace whittle::layers
