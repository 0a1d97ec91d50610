// A tar that others wrote, read where it lies: its headers once, its members by position, nothing extracted.
//
// Names and links are resolved inside the archive alone; no path of this machine is ever made of one
// (hostile.md, 57 to 63 and 201).
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "common/bytes.hpp"
#include "common/file.hpp"
#include "common/limits.hpp"
#include "layers/tar_reader.hpp"

namespace whittle::registry {

// Limits on foreign archives besides those of Limits.
inline constexpr std::size_t archive_names_limit = 64U << 20U;  // bytes of all names and link targets
inline constexpr std::size_t member_path_limit = 4096;          // bytes
inline constexpr unsigned link_hops_limit = 40;

// Immutable once it is open; all methods may be called from several threads.
class Archive {
 public:
  struct Where {
    std::filesystem::path file;     // "-" is standard input
    int standard_input = -1;        // borrowed
    std::filesystem::path scratch;  // a folder for what has to be kept; made when it is absent
    std::stop_token stop = {};
    Limits limits = {};
  };
  // Reads a file in place. One that is compressed (gzip, zstd) or cannot be read by position (a pipe, a FIFO)
  // is first written to a nameless file. Error(not_found), Error(io), and what the constructor throws.
  static std::shared_ptr<const Archive> open(const Where& where);
  // The same for bytes that come from elsewhere; `name` is for messages, escaped.
  static std::shared_ptr<const Archive> spool(std::unique_ptr<ByteSource> bytes, std::string name,
                                              const std::filesystem::path& scratch,
                                              const std::stop_token& stop, const Limits& limits = {});

  // Error(integrity) for what is no tar or has an entry that leads outside, is there twice, or is a hard link
  // to nothing before it; Error(limit) beyond the limits.
  Archive(std::shared_ptr<const Fd> fd, std::string name, const Limits& limits = {});

  struct Member {
    std::uint64_t offset;
    std::uint64_t size;
    auto operator<=>(const Member&) const = default;
  };
  // The file of that path, links followed; nothing when there is none. Error(integrity) for a path that leads
  // outside, too many links, and for what is not a regular file.
  std::optional<Member> find(std::string_view path) const;
  std::unique_ptr<ByteSource> open_member(const Member& member) const;
  // A small file; nothing when it is not there. Error(limit) when it is not small.
  std::optional<std::string> read(std::string_view path, std::size_t limit) const;
  // How the member is called in messages.
  std::string naming(std::string_view path) const;
  const std::string& name() const { return name_; }

 private:
  struct Node {
    enum class Kind { file, folder, symbolic_link, other } kind;
    Member member;
    std::string target;
    std::uint64_t number;  // of the entry
  };
  void add(layers::TarEntry entry, std::uint64_t number);
  Node node_of(const layers::TarEntry& entry, std::uint64_t number) const;
  Node linked(const layers::TarEntry& entry, std::uint64_t number) const;
  const Node* resolve(std::string_view path) const;

  std::shared_ptr<const Fd> fd_;
  std::string name_;
  std::map<std::string, Node, std::less<>> nodes_;
};

}  // namespace whittle::registry
