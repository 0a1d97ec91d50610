#include "registry/registries_conf.hpp"

#include <fmt/format.h>

#include "tests/unit/registry/helpers.hpp"

namespace whittle::test {
namespace {

using registry::parse_registries_conf;
using registry::Reference;
using registry::RegistriesConf;

// "MIRROR (t)(d) … ORIGIN": where a reference is pulled from, and what each mirror is for.
std::string plan(const std::string& text, const std::string& reference) {
  RegistriesConf conf(parse_registries_conf(text, "registries.conf"));
  const auto plan = conf.pull(Reference::parse(reference));
  std::string result;
  for (const auto& mirror : plan.mirrors)
    result += fmt::format("{} {}{} ", mirror.reference.text(), mirror.for_tags ? "t" : "",
                          mirror.for_digests ? "d" : "");
  return result + plan.origin.text();
}

TEST(RegistriesConf, RewritesByTheLongestPrefix) {
  const std::string text = R"(
    unqualified-search-registries = ["docker.io"]
    [[registry]]
    location = "docker.io"
    [[registry.mirror]]
    location = "mirror.example/hub"
    [[registry]]
    prefix = "old.example"
    location = "new.example:5000/moved/"
    [[registry]]
    prefix = "old.example/keep"
    [[registry]]
    prefix = "*.wild.example"
    location = "wild.example"
    [[registry]]
    prefix = "port.example:5000/a/b"
    location = "c.example/d"
  )";
  EXPECT_EQ(plan(text, "alpine:3"), "mirror.example/hub/library/alpine:3 d docker.io/library/alpine:3");
  EXPECT_EQ(plan(text, "old.example/x/y:1"), "new.example:5000/moved/x/y:1");
  EXPECT_EQ(plan(text, "old.example/keep/y:1"), "old.example/keep/y:1");
  EXPECT_EQ(plan(text, "old.example/keeper:1"), "new.example:5000/moved/keeper:1");
  EXPECT_EQ(plan(text, "old.example:5000/x:1"), "old.example:5000/x:1");
  EXPECT_EQ(plan(text, "older.example/x:1"), "older.example/x:1");
  EXPECT_EQ(plan(text, "a.b.wild.example:80/x/y:1"), "wild.example/x/y:1");
  EXPECT_EQ(plan(text, "wild.example/x:1"), "wild.example/x:1");
  EXPECT_EQ(plan(text, "port.example:5000/a/b/c:1"), "c.example/d/c:1");
  EXPECT_EQ(plan(text, "port.example:5000/a/b:1"), "c.example/d:1");
  EXPECT_EQ(plan(text, "port.example:5000/a/bc:1"), "port.example:5000/a/bc:1");
  EXPECT_EQ(plan("", "a.b/c"), "a.b/c");
}

TEST(RegistriesConf, Hostile171_TagsGoToMirrorsOnlyWhenConfigured) {
  const auto with = [](const std::string& registry, const std::string& mirror) {
    return plan("[[registry]]\nlocation=\"a.b\"\n" + registry +
                    "\n[[registry.mirror]]\nlocation=\"m.example\"\n" + mirror,
                "a.b/c");
  };
  EXPECT_EQ(with("", ""), "m.example/c d a.b/c");
  EXPECT_EQ(with("mirror-by-digest-only=true", ""), "m.example/c d a.b/c");
  EXPECT_EQ(with("mirror-by-digest-only=false", ""), "m.example/c td a.b/c");
  EXPECT_EQ(with("", "pull-from-mirror=\"all\""), "m.example/c td a.b/c");
  EXPECT_EQ(with("", "pull-from-mirror=\"digest-only\""), "m.example/c d a.b/c");
  EXPECT_EQ(with("", "pull-from-mirror=\"tag-only\""), "m.example/c t a.b/c");
}

TEST(RegistriesConf, WhatIsWrongNamesTheLine) {
  struct Case {
    const char* text;
    const char* part;
  };
  for (const auto& one : std::vector<Case>{
           {"\n[[registry", "registries.conf:2: "},
           {"a=1\na=2", "registries.conf:2: "},
           {"registry = 1", "registries.conf:1: `registry` is no array of tables"},
           {"registry = [1]", "`registry` holds something else than tables"},
           {"[registry]\nlocation=\"a.b\"", "`registry` is no array of tables"},
           {"[[registry]]", "neither `prefix` nor `location`"},
           {"[[registry]]\nlocation = 7", "registries.conf:2: `location` is no text"},
           {"[[registry]]\nlocation=\"a.b\"\nblocked=\"yes\"", "registries.conf:3: `blocked` is no boolean"},
           {"[[registry]]\nlocation=\"a.b\"\n[[registry.mirror]]", "a mirror has no `location`"},
           {"[[registry]]\nlocation=\"a.b\"\n[[registry.mirror]]\nlocation=\"c.d\"\npull-from-mirror=\"x\"",
            "\"x\" is none of all"},
           {"[registries.search]\nregistries = []", "the old format, version 1"}})
    expect_error(ErrorKind::usage, one.part, [&] { parse_registries_conf(one.text, "registries.conf"); });
  std::string deep = "a=";
  for (int i = 0; i < 100000; ++i) deep += '[';
  expect_error(ErrorKind::usage, "registries.conf:1",
               [&] { parse_registries_conf(deep, "registries.conf"); });
  for (const auto* location : {"nohost", "a b.c", "a.b/UPPER", "../x", "user@a.b"})
    expect_error(ErrorKind::usage, "the location", [&] {
      plan(fmt::format("[[registry]]\nprefix=\"a.b\"\nlocation=\"{}\"", location), "a.b/c:1");
    });
}

TEST(RegistriesConf, BlockedRegistriesAreNeitherPulledFromNorPushedTo) {
  RegistriesConf conf(parse_registries_conf("[[registry]]\nlocation=\"a.b/c\"\nblocked=true", "x"));
  expect_error(ErrorKind::policy, "a.b/c/d is blocked", [&] { conf.pull(Reference::parse("a.b/c/d:1")); });
  expect_error(ErrorKind::policy, "a.b/c/d is blocked", [&] { conf.push(Reference::parse("a.b/c/d:1")); });
  conf.pull(Reference::parse("a.b/d:1"));
}

class RegistriesFilesTest : public PlaceTest {
 protected:
  void write(const std::string& name, const std::string& prefix, const std::string& location) const {
    make_directories((path() / name).parent_path());
    write_file(path() / name, fmt::format("[[registry]]\nprefix=\"{}\"\nlocation=\"{}\"\n", prefix, location),
               AtomicFile::Durability::content);
  }
  std::string origin(const std::string& host, bool named = false) const {
    RegistriesConf conf(
        {{path() / "user.conf", path() / "system.conf"}, {path() / "a.d", path() / "b.d"}, named});
    return conf.pull(Reference::parse(host + "/x:1")).origin.text();
  }
};

TEST_F(RegistriesFilesTest, TheFirstFileAndAllOfTheFoldersCount) {
  EXPECT_EQ(origin("a.b"), "a.b/x:1");
  expect_error(ErrorKind::not_found, "user.conf", [&] { origin("a.b", true); });
  write("system.conf", "a.b", "system.example");
  EXPECT_EQ(origin("a.b"), "system.example/x:1");
  write("user.conf", "c.d", "user.example");
  EXPECT_EQ(origin("a.b"), "a.b/x:1");
  EXPECT_EQ(origin("c.d"), "user.example/x:1");
  write("a.d/2.conf", "c.d", "two.example");
  write("a.d/1.conf", "c.d", "one.example");
  write("a.d/3.txt", "c.d", "three.example");
  EXPECT_EQ(origin("c.d"), "two.example/x:1");
  write("b.d/1.conf", "c.d", "other.example");
  EXPECT_EQ(origin("c.d"), "other.example/x:1");
  write_file(path() / "b.d/1.conf", "broken", AtomicFile::Durability::content);
  expect_error(ErrorKind::usage, "b.d/1.conf:1", [&] { origin("c.d"); });
}

}  // namespace
}  // namespace whittle::test
