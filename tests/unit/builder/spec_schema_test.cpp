#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <set>

#include "builder/spec.hpp"
#include "builder/spec_tables.hpp"
#include "common/file.hpp"
#include "common/json.hpp"

namespace whittle::builder {
namespace {

// Set WHITTLE_ACCEPT=1 to write the checked-in schema anew.
TEST(SpecSchema, TheCheckedInCopyIsTheSame) {
  const auto* const root = std::getenv("WHITTLE_SOURCE_DIR");
  ASSERT_NE(root, nullptr) << "run by ctest, or set WHITTLE_SOURCE_DIR";
  const auto path = std::filesystem::path(root) / "schema/whittle.schema.json";
  if (std::getenv("WHITTLE_ACCEPT") != nullptr)
    write_file(path, spec_schema(), AtomicFile::Durability::content);
  EXPECT_EQ(read_file(path, 1U << 20U), spec_schema());
}

std::set<std::string> keys_of(const Json& object) {
  std::set<std::string> keys;
  for (const auto& item : object.at("properties").items()) keys.insert(item.key());
  return keys;
}

template <class Target>
void expect_same_keys(const Json& object, Keys<Target> keys) {
  std::set<std::string> names;
  for (const auto& name : names_of(keys, false)) names.insert(std::string(name));
  EXPECT_EQ(keys_of(object), names);
  EXPECT_EQ(object.at("additionalProperties"), false);
}

TEST(SpecSchema, HasTheKeysOfTheTables) {
  const auto schema = parse_json(spec_schema(), "the schema");
  const auto& parts = schema.at("$defs");
  expect_same_keys(schema, spec_keys());
  expect_same_keys(parts.at("go"), go_keys());
  expect_same_keys(parts.at("cache"), cache_keys());
  expect_same_keys(parts.at("image"), image_keys());
  expect_same_keys(parts.at("binary"), binary_keys());
  expect_same_keys(parts.at("file"), file_keys());
  expect_same_keys(parts.at("compression"), compression_keys());
  expect_same_keys(parts.at("limits"), limits_keys());
  expect_same_keys(parts.at("memory"), memory_keys());
  expect_same_keys(parts.at("smoke"), smoke_keys());
  expect_same_keys(parts.at("inlining").at("oneOf").at(1), inlining_keys());
}

// Every row of the manual's tables that names keys, and every key in some row.
TEST(SpecSchema, TheManualNamesEveryKey) {
  const auto* const root = std::getenv("WHITTLE_SOURCE_DIR");
  ASSERT_NE(root, nullptr);
  const auto manual = read_file(std::filesystem::path(root) / "docs/spec.md", 1U << 20U);
  const auto expect_named = [&](const auto& names) {
    for (const auto& name : names)
      EXPECT_NE(manual.find(fmt::format("`{}`", name)), std::string::npos) << name;
  };
  expect_named(names_of(image_keys(), false));
  expect_named(names_of(binary_keys(), false));
  expect_named(names_of(file_keys(), false));
  expect_named(names_of(compression_keys(), false));
  expect_named(names_of(limits_keys(), false));
  expect_named(names_of(smoke_keys(), false));
}

}  // namespace
}  // namespace whittle::builder
