#include "comparison/content_difference.hpp"

#include <fmt/format.h>

#include <map>

#include "binaries/elf.hpp"
#include "common/error.hpp"
#include "common/json.hpp"
#include "common/text.hpp"
#include "comparison/archive_members.hpp"
#include "comparison/binary_difference.hpp"
#include "comparison/compression_profile.hpp"
#include "comparison/entry_difference.hpp"
#include "comparison/json_difference.hpp"
#include "comparison/package_difference.hpp"
#include "comparison/text_difference.hpp"

namespace whittle::comparison {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t start_size = 512;

// Forgets what was unpacked since it was made.
class Unpacked {
 public:
  explicit Unpacked(Scratch& scratch) : scratch_(scratch), from_(scratch.size()) {}
  ~Unpacked() { scratch_.cut(from_); }
  Unpacked(const Unpacked&) = delete;
  Unpacked& operator=(const Unpacked&) = delete;

 private:
  Scratch& scratch_;
  std::uint64_t from_;
};

std::string whole_text(const binaries::RandomAccess& access) {
  return access.read(0, static_cast<std::size_t>(access.size()));
}

bool is_text(std::string_view text) {
  return text.find('\0') == std::string_view::npos && is_utf8(text);
}

// The profile of a stream, and where its content was kept.
Kept decompressed(const binaries::RandomAccess& access, Scratch& scratch, std::uint64_t limit,
                  CompressionProfile& profile) {
  const auto source = decompress(std::make_unique<AccessSource>(access), "the file", {}, profile);
  return keep(scratch, *source, limit, "the file");
}

const ArchiveMember* find(const std::vector<ArchiveMember>& members,
                          const std::multimap<std::string, std::size_t>& by_name, const std::string& name) {
  const auto found = by_name.find(name);
  return found == by_name.end() ? nullptr : &members[found->second];
}

std::multimap<std::string, std::size_t> by_name(const std::vector<ArchiveMember>& members) {
  std::multimap<std::string, std::size_t> names;
  for (std::size_t i = 0; i < members.size(); ++i) names.emplace(members[i].entry.path, i);
  return names;
}

// Whether the members that both have stand in one order.
bool same_order(const std::vector<ArchiveMember>& a, const std::vector<ArchiveMember>& b,
                const std::multimap<std::string, std::size_t>& names_b) {
  std::size_t last = 0;
  for (const auto& member : a) {
    const auto found = names_b.find(member.entry.path);
    if (found == names_b.end()) continue;
    if (found->second < last) return false;
    last = found->second;
  }
  return b.size() >= last;
}

}  // namespace

ContentKind kind_of(Bytes start) {
  const auto text = as_text(start);
  if (text.starts_with(binaries::elf_magic)) return ContentKind::elf;
  if (text.starts_with("\x1f\x8b"sv)) return ContentKind::gzip;
  if (text.starts_with("\x28\xb5\x2f\xfd"sv)) return ContentKind::zstd;
  if (text.starts_with("PK\x03\x04"sv)) return ContentKind::zip;
  if (text.starts_with("!<arch>\n"sv)) return ContentKind::ar;
  if (text.size() > 262 && text.substr(257, 5) == "ustar"sv) return ContentKind::tar;
  return text.find('\0') == std::string_view::npos ? ContentKind::text : ContentKind::other;
}

bool can_look_inside(Bytes start_a, std::uint64_t size_a, Bytes start_b, std::uint64_t size_b) {
  const auto kind = kind_of(start_a);
  if (kind != kind_of(start_b) || kind == ContentKind::other) return false;
  return kind != ContentKind::text || std::max(size_a, size_b) <= ContentComparison::longest_text;
}

void ContentComparison::compare(const Access& a, const Access& b, const Where& where) {
  compare(a, b, compare_bytes(a, b), where);
}

void ContentComparison::compare(const Access& a, const Access& b, const ByteDifference& difference,
                                const Where& where) {
  if (difference.equal()) return;
  findings_.add({where, "content", fmt::format("{} bytes", difference.size_a),
                 fmt::format("{} bytes", difference.size_b), difference.text()});
  const Unpacked from_a(scratch_a_);
  const Unpacked from_b(scratch_b_);
  if (depth_ >= deepest) return;
  ++depth_;
  try {
    look_inside(a, b, where);
  } catch (const Error& error) {
    --depth_;
    // A full disk or an interruption is no property of the file.
    if (error.kind() != ErrorKind::integrity && error.kind() != ErrorKind::limit &&
        error.kind() != ErrorKind::unsupported)
      throw;
    findings_.add({where, "not-looked-into", std::nullopt, std::nullopt, error.message()});
    return;
  }
  --depth_;
}

bool ContentComparison::look_inside(const Access& a, const Access& b, const Where& where) {
  const auto start_a = a.read(0, start_size);
  const auto start_b = b.read(0, start_size);
  if (!can_look_inside(as_bytes(start_a), a.size(), as_bytes(start_b), b.size())) return false;
  switch (const auto kind = kind_of(as_bytes(start_a))) {
    case ContentKind::elf:
      compare_binaries(a, b, where, findings_);
      return true;
    case ContentKind::gzip:
    case ContentKind::zstd:
      compare_compressed(a, b, where);
      return true;
    case ContentKind::tar:
    case ContentKind::zip:
    case ContentKind::ar:
      compare_archives(a, b, kind, where);
      return true;
    case ContentKind::text:
      return compare_texts(a, b, where);
    case ContentKind::other:
      break;
  }
  return false;
}

bool ContentComparison::compare_texts(const Access& a, const Access& b, const Where& where) {
  const auto left = whole_text(a);
  const auto right = whole_text(b);
  if (!is_text(left) || !is_text(right)) return false;
  if (!where.empty() && is_package_database(where.back()) && compare_packages(left, right, where, findings_))
    return true;
  const auto is_json = [](const std::string& text) {
    const auto first = text.find_first_not_of(" \t\r\n");
    return first != std::string::npos && (text[first] == '{' || text[first] == '[');
  };
  if (is_json(left) && is_json(right)) {
    try {
      const auto before = findings_.count();
      compare_json(parse_json(left, "the file"), parse_json(right, "the file"), where, findings_);
      if (findings_.count() > before) return true;  // else they differ in blanks
    } catch (const Error&) {
      // It only began like JSON.
    }
  }
  compare_text(left, right, where, findings_);
  return true;
}

void ContentComparison::compare_compressed(const Access& a, const Access& b, const Where& where) {
  CompressionProfile profile_a;
  CompressionProfile profile_b;
  const KeptAccess left({decompressed(a, scratch_a_, most_unpacked, profile_a)});
  const KeptAccess right({decompressed(b, scratch_b_, most_unpacked, profile_b)});
  const auto difference = compare_bytes(left, right);
  compare_compression(profile_a, profile_b, difference.equal(), where, findings_);
  compare(left, right, difference, below(where, "uncompressed"));
}

void ContentComparison::compare_archives(const Access& a, const Access& b, ContentKind kind,
                                         const Where& where) {
  const auto members_a = archive_members(a, kind, most_members);
  const auto members_b = archive_members(b, kind, most_members);
  const auto names_a = by_name(members_a);
  const auto names_b = by_name(members_b);
  if (!same_order(members_a, members_b, names_b))
    findings_.add(
        {where, "order", std::nullopt, std::nullopt, "the members of the archive are in another order"});
  const auto content = [](const Access& archive, const ArchiveMember& member, Scratch& scratch) {
    std::unique_ptr<Access> access;
    if (member.deflated)
      access = std::make_unique<KeptAccess>(std::vector<Kept>{
          keep(scratch, *inflated(archive, member), most_unpacked, "a member of the archive")});
    else
      access = std::make_unique<SliceAccess>(archive, member.offset, member.packed);
    return access;
  };
  for (const auto& member : members_a) {
    const auto at = below(where, member.entry.path);
    const auto* other = find(members_b, names_b, member.entry.path);
    if (other == nullptr) {
      findings_.add({at, "member", std::string(name_of_type(member.entry)), std::nullopt});
      continue;
    }
    compare_entries(member.entry, other->entry, at, findings_);
    if (!member.entry.is_file() || !other->entry.is_file()) continue;
    const Unpacked from_a(scratch_a_);
    const Unpacked from_b(scratch_b_);
    compare(*content(a, member, scratch_a_), *content(b, *other, scratch_b_), at);
  }
  for (const auto& member : members_b)
    if (find(members_a, names_a, member.entry.path) == nullptr)
      findings_.add(
          {below(where, member.entry.path), "member", std::nullopt, std::string(name_of_type(member.entry))});
}

}  // namespace whittle::comparison
