#include "toolchains/checksum_database.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <vector>

#include "common/error.hpp"
#include "common/file.hpp"
#include "common/text.hpp"

namespace whittle::toolchains {
namespace {

constexpr std::size_t largest_record = 1'000'000;
constexpr std::size_t largest_tile = 8U << 10U;  // 256 hashes
constexpr std::string_view tree_mark = "go.sum database tree\n";

[[noreturn]] void refuse_database(std::string_view why) {
  throw Error(ErrorKind::unverified, fmt::format("the checksum database {}", why));
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  // Signed 64-bit, as go has it, and one text for one number.
  if (error != std::errc() || end != text.data() + text.size() || value >> 63U != 0 ||
      fmt::format("{}", value) != text)
    return std::nullopt;
  return value;
}

std::string_view take_line(std::string_view& text) {
  const auto end = text.find('\n');
  const auto line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

// A host and perhaps a path: the name becomes a URL, and part of one.
bool is_database_name(std::string_view name) {
  const auto fine = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("-._:/").find(c) != std::string_view::npos;
  };
  return !name.empty() && std::all_of(name.begin(), name.end(), fine) && name.front() != '/' &&
         name.back() != '/' && name.find("//") == std::string_view::npos &&
         name.find("..") == std::string_view::npos;
}

std::vector<std::string> fields_of(std::string_view text) {
  std::vector<std::string> fields;
  std::string field;
  for (const char c : text) {
    if (c != ' ' && c != '\t') {
      field += c;
    } else if (!field.empty()) {
      fields.push_back(std::move(field));
      field.clear();
    }
  }
  if (!field.empty()) fields.push_back(std::move(field));
  return fields;
}

}  // namespace

ChecksumSource parse_checksum_source(std::string_view gosumdb, const FindKey& find_key) {
  const auto fields = fields_of(gosumdb);
  static constexpr std::string_view advice =
      "set GOSUMDB to a database's key (NAME+HASH+KEY), or install any Go, which knows the key of its "
      "default";
  if (fields.empty() || (fields.size() == 1 && fields[0] == "off"))
    throw Error(ErrorKind::unverified, fields.empty()
                                           ? "no checksum database is named to verify the Go toolchain with"
                                           : "the Go toolchain cannot be verified: GOSUMDB is `off`")
        .hint(std::string(advice));
  if (fields.size() > 2) throw Error(ErrorKind::usage, "GOSUMDB has more than a name or key, and a URL");
  const bool is_key = fields[0].find('+') != std::string::npos;
  const auto key = is_key ? VerifierKey::parse(fields[0]) : find_key(fields[0]);
  if (!key && is_key)
    throw Error(ErrorKind::usage, fmt::format("GOSUMDB has an invalid key: {}", shown(fields[0])));
  if (!key)
    throw Error(ErrorKind::unverified,
                fmt::format("no key of the checksum database {} is known", shown(fields[0])))
        .hint(std::string(advice));
  if (!is_database_name(key->name()))
    throw Error(ErrorKind::usage, fmt::format("GOSUMDB names {}, which is not a host", shown(key->name())));
  ChecksumSource source{*key};
  if (fields.size() == 2) {
    source.url = fields[1];
    while (source.url.ends_with('/')) source.url.pop_back();
    if (!source.url.starts_with("https://") && !source.url.starts_with("http://") &&
        !source.url.starts_with("file:///"))
      throw Error(ErrorKind::usage, "GOSUMDB has something behind the key that is no URL");
  }
  return source;
}

TreeHead parse_tree_head(std::string_view text) {
  const auto ill_formed = [] { refuse_database("signed something that is no tree"); };
  if (!text.starts_with(tree_mark)) ill_formed();
  text.remove_prefix(tree_mark.size());
  const auto size = parse_number(take_line(text));
  const auto hash = strict_base64(take_line(text));
  if (!size || !hash || hash->size() != sizeof(Sha256)) ill_formed();
  TreeHead head{*size, {}};
  std::copy_n(as_bytes(*hash).begin(), head.hash.size(), head.hash.begin());
  return head;
}

ChecksumRecord parse_checksum_record(std::string_view answer) {
  const auto number = parse_number(take_line(answer));
  const auto split = answer.find("\n\n");
  if (!number || split == std::string_view::npos || split == 0) refuse_database("gave an ill-formed record");
  return {*number, std::string(answer.substr(0, split + 1)), std::string(answer.substr(split + 2))};
}

ChecksumDatabase::ChecksumDatabase(ModuleProxy& proxy, ChecksumSource source, std::filesystem::path folder)
    : proxy_(proxy), source_(std::move(source)) {
  make_directories(folder);
  auto name = source_.key.name();
  std::replace(name.begin(), name.end(), '/', '_');
  head_file_ = folder / fmt::format("{}+{:08x}", name, source_.key.hash());
}

std::string ChecksumDatabase::hash_of(const std::string& module, const std::string& version) {
  return in_context(
      [&] {
        return fmt::format("looking up {}@{} in the checksum database {}", module, version,
                           escaped(source_.key.name()));
      },
      [&] {
        const auto answer = read(fmt::format("lookup/{}@{}", escaped_module(module), escaped_module(version)),
                                 largest_record);
        if (answer.empty())
          throw Error(ErrorKind::not_found,
                      "the checksum database does not have it; is there such a release?");
        const auto record = parse_checksum_record(answer);
        const auto head = open_head(record.head);
        TiledLog log(head, [&](const Tile& tile) { return read_tile(tile); });
        remember(record.head, head, log);
        if (record.number >= head.size || log.record(record.number) != record_hash(record.text))
          refuse_database("gave a record that is not in its tree");
        const auto prefix = fmt::format("{} {} ", module, version);
        std::string_view rest = record.text;
        while (!rest.empty()) {
          const auto line = take_line(rest);
          if (line.starts_with(prefix) && line.substr(prefix.size()).starts_with("h1:"))
            return std::string(line.substr(prefix.size()));
        }
        refuse_database("gave a record of something else");
      });
}

std::string ChecksumDatabase::read(const std::string& path, std::size_t limit) {
  if (base_.empty()) {
    base_ = source_.url;
    if (base_.empty())
      base_ = proxy_.checksum_database(source_.key.name())
                  .value_or(fmt::format("https://{}", source_.key.name()));
  }
  const auto what = fmt::format("{} of the checksum database", path);
  const auto answer = proxy_.web().open(fmt::format("{}/{}", base_, path), {what, {}, limit, false});
  if (!answer) return {};
  return read_all(*answer, limit, what);
}

// A tile that is full by now may be there only as that.
std::string ChecksumDatabase::read_tile(const Tile& tile) {
  auto bytes = read(tile.path(), largest_tile);
  const Tile full{tile.level, tile.index};
  if (bytes.empty() && tile.width != full.width)
    bytes = read(full.path(), largest_tile).substr(0, tile.width * sizeof(Sha256));
  return bytes;
}

TreeHead ChecksumDatabase::open_head(const std::string& note) const {
  return parse_tree_head(open_note(note, source_.key));
}

// Every state of a log contains every older one; a log that shows two states of which that is not true cannot
// be trusted.
void ChecksumDatabase::check_agreement(const TreeHead& known, const TreeHead& head, TiledLog& log) {
  const bool agrees = [&] {
    if (known.size <= head.size) return log.hash_at(known.size) == known.hash;
    TiledLog newer(known, [&](const Tile& tile) { return read_tile(tile); });
    return newer.hash_at(head.size) == head.hash;
  }();
  if (!agrees)
    throw Error(
        ErrorKind::unverified,
        fmt::format(
            "the checksum database contradicts what it signed before: the tree of {} records is not part of "
            "the tree of {}",
            std::min(known.size, head.size), std::max(known.size, head.size)))
        .hint(fmt::format("one of its answers was forged; the earlier one is in {}",
                          escaped(head_file_.native(), false, 4096)));
}

void ChecksumDatabase::remember(const std::string& note, const TreeHead& head, TiledLog& log) {
  const auto read_known = [&]() -> std::optional<TreeHead> {
    const auto text = read_file_if_present(head_file_, largest_record);
    if (!text) return std::nullopt;
    try {
      return open_head(*text);
    } catch (const Error&) {
      return std::nullopt;  // a file cut off by a crash says nothing
    }
  };
  auto lock_file = head_file_;
  lock_file += ".lock";
  while (true) {
    const auto known = read_known();
    if (known) check_agreement(*known, head, log);
    if (known && known->size >= head.size) return;
    // The network is not asked under the lock; whoever was quicker is compared with as well.
    const FileLock lock(lock_file);
    const auto now = read_known();
    if (now.has_value() != known.has_value() ||
        (now && (now->size != known->size || now->hash != known->hash)))
      continue;
    write_file(head_file_, note, AtomicFile::Durability::synced);
    return;
  }
}

}  // namespace whittle::toolchains
