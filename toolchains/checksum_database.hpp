// The checksum database: a public log that says which content a version of a module has had for everybody
// (go.dev/ref/mod, "Checksum database").
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "registry/web.hpp"
#include "toolchains/module_proxy.hpp"
#include "toolchains/signed_note.hpp"
#include "toolchains/tiled_log.hpp"

namespace whittle::toolchains {

// What GOSUMDB names.
struct ChecksumSource {
  VerifierKey key;
  std::string url =
      {};  // when given, it alone is asked; otherwise module proxies that pass it on, or its own host
};

// The key of a database of that name, from a Go on this machine; nothing when none knows it.
using FindKey = std::function<std::optional<VerifierKey>(const std::string& name)>;

// Reads `NAME`, `NAME+HASH+KEY` or either with a URL behind it. Error(unverified) for `off` or nothing, since
// a toolchain without a hash in the lock is not taken unseen, and for a name whose key nobody knows;
// Error(usage) for what is ill-formed.
ChecksumSource parse_checksum_source(std::string_view gosumdb, const FindKey& find_key);

// The size and hash in the text of a signed tree head. Error(unverified) for anything else.
TreeHead parse_tree_head(std::string_view text);

// One record of the database.
struct ChecksumRecord {
  std::uint64_t number = 0;
  std::string text;  // what is hashed: lines `MODULE VERSION h1:…`
  std::string head;  // a signed tree head, as a note
};
// Error(unverified) for anything else.
ChecksumRecord parse_checksum_record(std::string_view answer);

// Borrows the proxy. Remembers in `folder` (created when absent) the newest tree head, so that a log that
// forks for one machine is found out. Safe to use by several processes; one thread per instance.
class ChecksumDatabase {
 public:
  ChecksumDatabase(ModuleProxy& proxy, ChecksumSource source, std::filesystem::path folder);

  // The `h1:` of a module's zip. Error(not_found) when the database does not have it, Error(unverified) when
  // its signature, the record's place in the tree, or the tree's agreement with the one seen before do not
  // hold.
  std::string hash_of(const std::string& module, const std::string& version);

 private:
  std::string read(const std::string& path, std::size_t limit);
  std::string read_tile(const Tile& tile);
  TreeHead open_head(const std::string& note) const;
  void remember(const std::string& note, const TreeHead& head, TiledLog& log);
  void check_agreement(const TreeHead& known, const TreeHead& head, TiledLog& log);

  ModuleProxy& proxy_;
  ChecksumSource source_;
  std::filesystem::path head_file_;
  std::string base_ = {};  // where the database is, once that is known
};

}  // namespace whittle::toolchains
