#include "layers/sparse_map.hpp"

#include <fmt/format.h>

#include "layers/tar_header.hpp"
#include "layers/tar_reader.hpp"
#include "tests/unit/layers/helpers.hpp"
#include "tests/unit/layers/tar_pieces.hpp"

namespace whittle::layers {
namespace {

using namespace std::string_literals;
using test::expect_error;
using test::member;
using test::patched;
using test::record;

using Parts = std::vector<std::pair<std::uint64_t, std::uint64_t>>;

std::string old_parts(const Parts& parts, std::size_t from, std::size_t count) {
  std::string area;
  for (std::size_t i = from; i < std::min(parts.size(), from + count); ++i)
    area += fmt::format("{:011o}", parts[i].first) + '\0' + fmt::format("{:011o}", parts[i].second) + '\0';
  area.resize(count * 24, '\0');
  return area;
}

// The four forms of one sparse file, each with another entry behind it.
std::string old_form(std::uint64_t size, const Parts& parts, const std::string& stored) {
  auto header = patched(member('S', "f", stored).substr(0, tar_block), 257, "ustar  \0"s);
  header = patched(header, 386, old_parts(parts, 0, 4));
  header = patched(header, 483, fmt::format("{:011o}", size) + '\0');
  if (parts.size() > 4) header = patched(header, 482, "\1");
  for (std::size_t from = 4; from < parts.size(); from += 21)
    header += old_parts(parts, from, 21) + (from + 21 < parts.size() ? "\1" : "\0"s) + std::string(7, '\0');
  return header + stored + std::string(tar_padding(stored.size())) + member('0', "next");
}

std::string form_0_0(std::uint64_t size, const Parts& parts, const std::string& stored) {
  auto records = record("GNU.sparse.size", std::to_string(size)) +
                 record("GNU.sparse.numblocks", std::to_string(parts.size()));
  for (const auto& [offset, length] : parts)
    records += record("GNU.sparse.offset", std::to_string(offset)) +
               record("GNU.sparse.numbytes", std::to_string(length));
  return member('x', "x", records) + member('0', "f", stored) + member('0', "next");
}

std::string form_0_1(std::uint64_t size, const Parts& parts, const std::string& stored) {
  std::string map;
  for (const auto& [offset, length] : parts)
    map += fmt::format("{}{},{}", map.empty() ? "" : ",", offset, length);
  return member('x', "x",
                record("GNU.sparse.size", std::to_string(size)) +
                    record("GNU.sparse.numblocks", std::to_string(parts.size())) +
                    record("GNU.sparse.name", "f") + record("GNU.sparse.map", map)) +
         member('0', "GNUSparseFile.1/f", stored) + member('0', "next");
}

std::string form_1_0(std::uint64_t size, const Parts& parts, const std::string& stored) {
  auto map = fmt::format("{}\n", parts.size());
  for (const auto& [offset, length] : parts) map += fmt::format("{}\n{}\n", offset, length);
  map += std::string(tar_padding(map.size()));
  return member('x', "x",
                record("GNU.sparse.major", "1") + record("GNU.sparse.minor", "0") +
                    record("GNU.sparse.name", "f") + record("GNU.sparse.realsize", std::to_string(size))) +
         member('0', "GNUSparseFile.1/f", map + stored) + member('0', "next");
}

using Form = std::string (*)(std::uint64_t, const Parts&, const std::string&);
constexpr std::pair<const char*, Form> forms[] = {
    {"old", old_form}, {"0.0", form_0_0}, {"0.1", form_0_1}, {"1.0", form_1_0}};

// The content of `f`, which comes first, as the reader gives it in pieces of `piece`; then there must be
// `next`.
std::string content(const std::string& tar, std::size_t piece = 1000) {
  TextSource source(tar);
  TarReader reader(source, "layer 1");
  const auto entry = reader.next();
  EXPECT_EQ(entry->path, "f");
  EXPECT_TRUE(entry->sparse && entry->type == '0' && entry->records.empty());
  std::string text;
  std::string buffer(piece, '\0');
  while (const auto count = reader.read(std::as_writable_bytes(std::span(buffer))))
    text += buffer.substr(0, count);
  EXPECT_EQ(text.size(), entry->size);
  const auto next = reader.next();
  EXPECT_TRUE(next && next->path == "next" && !next->sparse);
  return text;
}

TEST(SparseMap, Hostile78_EveryFormIsExpanded) {
  Parts parts;
  std::string stored;
  std::string expected;
  for (int i = 0; i < 50; ++i) {
    const std::string text(static_cast<std::size_t>(i % 3) * 512, static_cast<char>('a' + i % 26));
    expected += std::string(700, '\0');
    parts.emplace_back(expected.size(), text.size());
    expected += text;
    stored += text;
  }
  // GNU ends the old form with a part of no bytes at the end of the file.
  for (const auto& [name, form] : forms) {
    EXPECT_EQ(content(form(expected.size() + 999, parts, stored)), expected + std::string(999, '\0')) << name;
    EXPECT_EQ(content(form(expected.size(), parts, stored), 7), expected) << name;
    EXPECT_EQ(content(form(3000, {}, "")), std::string(3000, '\0')) << name;
    EXPECT_EQ(content(form(3000, {{0, 512}, {3000, 0}}, std::string(512, 'x'))).substr(0, 513),
              std::string(512, 'x') + '\0')
        << name;
  }
}

TEST(SparseMap, Hostile78_ContentsThatNobodyReadsAreSkipped) {
  for (const auto& [name, form] : forms) {
    TextSource source(form(100'000, {{512, 1024}, {4096, 100}}, std::string(1124, 'x')));
    TarReader reader(source, "layer 1");
    EXPECT_EQ(reader.next()->size, 100'000U);
    EXPECT_EQ(reader.next()->path, "next") << name;
    EXPECT_FALSE(reader.next());
  }
}

TEST(SparseMap, Hostile78_Contradictions) {
  const std::string stored(1024, 'x');
  const std::pair<const char*, Parts> maps[] = {{"overlap", {{0, 512}, {511, 512}}},
                                                {"overlap", {{512, 512}, {0, 512}}},
                                                {"ends at", {{0, 512}, {9728, 512}}},
                                                {"are stored", {{0, 512}}},
                                                {"are stored", {{0, 512}, {1024, 1024}}}};
  for (const auto& [name, form] : forms)
    for (const auto& [why, parts] : maps) {
      SCOPED_TRACE(name);
      expect_error(ErrorKind::integrity, why,
                   [&, &form = form, &parts = parts] { content(form(10'000, parts, stored)); });
    }
  for (const auto* rest :
       {"", "1\n0\n", "x\n", "1\n-1\n0\n", "99999999999999999999999\n", "1\n18446744073709551615\n1\n"}) {
    const auto tar = member('x', "x",
                            record("GNU.sparse.major", "1") + record("GNU.sparse.minor", "0") +
                                record("GNU.sparse.realsize", "9")) +
                     member('0', "f", rest);
    EXPECT_THROW(content(tar), Error) << rest;
  }
  expect_error(ErrorKind::integrity, "states 2", [] {
    content(member('x', "x",
                   record("GNU.sparse.size", "9") + record("GNU.sparse.numblocks", "2") +
                       record("GNU.sparse.map", "0,1")) +
            member('0', "f", "x"));
  });
  expect_error(ErrorKind::integrity, "no size", [] {
    content(member('x', "x", record("GNU.sparse.offset", "0") + record("GNU.sparse.size", "9")) +
            member('0', "f"));
  });
  expect_error(ErrorKind::unsupported, "version",
               [] { content(member('x', "x", record("GNU.sparse.major", "2")) + member('0', "f")); });
}

TEST(SparseMap, Hostile78_AMillionParts) {
  Parts parts;
  for (std::uint64_t i = 0; i < 1'000'000; ++i) parts.emplace_back(i * 2, 0);
  expect_error(ErrorKind::limit, "65536 parts", [&] { content(old_form(9'000'000, parts, "")); });
  expect_error(ErrorKind::limit, "65536 parts", [&] { content(form_1_0(9'000'000, parts, "")); });
  parts.resize(SparseMap::parts_limit);
  EXPECT_EQ(content(old_form(200'000, parts, "")).size(), 200'000U);
  EXPECT_EQ(content(form_1_0(200'000, parts, "")).size(), 200'000U);
}

// A few bytes of a tar would otherwise be hashed for years.
TEST(SparseMap, Hostile78_HolesAreLimited) {
  for (const auto& [name, form] : forms) {
    SCOPED_TRACE(name);
    Limits limits;
    limits.uncompressed_layer = 1000;
    TextSource source(form(500, {}, "") + form(400, {}, "") + form(101, {}, ""));
    TarReader reader(source, "layer 1", {}, limits);
    for (int i = 0; i < 4; ++i) EXPECT_TRUE(reader.next());
    expect_error(ErrorKind::limit, "limit of 1000 bytes", [&] { reader.next(); });
  }
}

}  // namespace
}  // namespace whittle::layers
