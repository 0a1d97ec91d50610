#include "builder/spec_fields.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "tests/unit/builder/spec_texts.hpp"

namespace whittle::builder {
namespace {

using test::expect_refused;
using test::image;
using test::image_of;
using test::parse_failure;
using test::with;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

TEST(SpecFields, Hostile013_ContextPaths) {
  expect_refused({
      {"files: [{from: /etc/passwd, to: /a}]",
       "spec: w.yaml:5:20: `from`: \"/etc/passwd\" is absolute; it has to be relative to the spec's folder"},
      {"files: [{from: \"\", to: /a}]", "spec: w.yaml:5:20: `from`: the path is empty"},
      {"files: [{from: a/../../b, to: /a}]",
       "spec: w.yaml:5:20: `from`: \"a/../../b\" leaves the spec's folder: it is \"../b\""},
      {"files: [{from: a/../b, to: /a}]",
       "spec: w.yaml:5:20: `from`: \"a/../b\" has `..` in it; write \"b\""},
      {"files: [{to: /a}]", "spec: w.yaml:5:13: `files`: an entry needs `from`, what to copy"},
      {"files: [{from: a}]", "spec: w.yaml:5:13: `files`: an entry needs `to`, where in the image it goes"},
      {"files:\n- {from: a, to: /a}\n- {from: ./a, to: /a}",
       "spec: w.yaml:7:7: `files`: \"a\" goes to \"/a\" already by the entry on line 6"},
  });
  const auto from = [](std::string_view path) {
    return image_of(image(fmt::format("files: [{{from: {}, to: /a}}]", path))).files.at(0).from;
  };
  EXPECT_EQ(from("."), ".");
  EXPECT_EQ(from("./"), ".");
  EXPECT_EQ(from(".//a/./b//"), "a/b/");
}

TEST(SpecFields, Hostile014_ImagePaths) {
  const std::string long_name(256, 'a');
  const std::string long_path = "/" + std::string(4096, 'a');
  expect_refused({
      {"working-dir: app",
       "spec: w.yaml:5:18: `working-dir`: \"app\" is not absolute; a path in the image starts with "
       "`/`"},
      {"working-dir: /a/../b", "spec: w.yaml:5:18: `working-dir`: \"/a/../b\" has `..` in it"},
      {"working-dir: /a//b", "spec: w.yaml:5:18: `working-dir`: \"/a//b\" has two slashes in a row"},
      {"working-dir: /app/", "spec: w.yaml:5:18: `working-dir`: \"/app/\" ends in a slash"},
      {"volumes: [/]", "spec: w.yaml:5:15: `volumes`: it cannot be `/`"},
      {"volumes: [/a, /a]",
       "spec: w.yaml:5:19: `volumes`: this is in the list already, perhaps written in another "
       "way"},
  });
  EXPECT_THAT(parse_failure(image("working-dir: /" + long_name)),
              HasSubstr("has 256 bytes, 255 are allowed"));
  EXPECT_THAT(parse_failure(image("working-dir: " + long_path)), HasSubstr("the path has 4097 bytes"));
  EXPECT_THAT(parse_failure(image("working-dir: \"/a\\0b\"")), HasSubstr("a NUL character"));
}

TEST(SpecFields, Hostile015_TwoBinariesAtOnePath) {
  EXPECT_EQ(
      parse_failure(with("binaries:\n- main: ./a/run\n- main: ./b/run")),
      "spec: w.yaml:6:7: \"./b/run\" and \"./a/run\" (line 5) both go to \"/usr/bin/run\"; give one of them "
      "another `path`");
}

TEST(SpecFields, Hostile016_WhiteoutNames) {
  expect_refused(
      {{"files: [{from: a, to: /a/.wh.b}]",
        "spec: w.yaml:5:27: `to`: \"/a/.wh.b\" has a name that begins with `.wh.`, which marks deleted "
        "files in layers"}});
  EXPECT_THAT(parse_failure(with("binaries: [{main: ./.wh.x, path: /.wh..wh..opq}]")),
              HasSubstr("begins with `.wh.`"));
}

TEST(SpecFields, Hostile017_Modes) {
  const auto mode = [](std::string_view text) {
    return parse_failure(image(fmt::format("files: [{{from: a, to: /a, mode: {}}}]", text)));
  };
  EXPECT_EQ(mode("777"),
            "spec: w.yaml:5:37: `mode`: \"777\" has to be in quotes, \"0644\": without them some YAML "
            "readers take it for "
            "a decimal number and some for an octal one");
  for (const auto* const plain : {"0644", "0o644", "-1"})
    EXPECT_THAT(mode(plain), HasSubstr("has to be in quotes"));
  for (const auto* const bad : {"\"0999\"", "\"-1\"", "\"10000\"", "\"\"", "\"0x1ff\"", "\"+644\"",
                                "\" 644\"", "\"64\"", "\"rwx\"", "\"000644\""})
    EXPECT_THAT(mode(bad), HasSubstr("is not a mode: three or four octal digits, at most 7777")) << bad;
  EXPECT_EQ(mode("\"4755\""),
            "policy: w.yaml:5:13: `files`: mode 4755 sets setuid, setgid or the sticky bit, which needs "
            "`allow-setid: "
            "true`");
  EXPECT_EQ(mode("\"0644\""), "no error");
  EXPECT_EQ(mode("'7777', allow-setid: true"), "no error");
}

TEST(SpecFields, Hostile018_Owners) {
  const auto owner = [](std::string_view text) {
    return parse_failure(image(fmt::format("files: [{{from: a, to: /a, owner: {}}}]", text)));
  };
  for (const auto* const bad :
       {"-1", "4294967295", "1:4294967295", "'1:'", "':1'", "1:2:3", "99999999999999999999", "01"})
    EXPECT_THAT(owner(bad), HasSubstr("is not UID or UID:GID with numbers from 0 to 4294967294")) << bad;
  EXPECT_EQ(
      owner("www-data"),
      "spec: w.yaml:5:38: `owner`: \"www-data\" is a name that whittle does not know\nhint: write `root`, "
      "`nonroot`, UID or UID:GID; names are never looked up on the machine that builds");
  const auto parsed = image_of(image("files: [{from: a, to: /a, owner: 4294967294}]")).files.at(0).owner;
  EXPECT_EQ(parsed.uid, 4294967294U);
  EXPECT_EQ(parsed.gid, 4294967294U);
  EXPECT_THAT(parse_failure(image("user: postgres")), HasSubstr("`user`: \"postgres\" is a name"));
  EXPECT_EQ(image_of(image("user: root")).user, "root");
}

TEST(SpecFields, Hostile019_Platforms) {
  expect_refused({
      {"platforms: []",
       "spec: w.yaml:5:16: `platforms`: the list is empty; leave the key out to build for the host's "
       "platform"},
      {"platforms: [linux/arm64/v8, linux/arm64]",
       "spec: w.yaml:5:33: `platforms`: this is in the list already, perhaps written in another way"},
      {"platforms: [linux/amd64, LINUX/x86_64]",
       "spec: w.yaml:5:30: `platforms`: this is in the list already, perhaps written in another way"},
      {"platforms: [linux]", "spec: w.yaml:5:17: `platforms`: \"linux\" is not a platform"},
      {"platforms: [windows/amd64]",
       "unsupported: w.yaml:5:17: `platforms`: whittle does not build for \"windows/amd64\"; it builds for "
       "linux/ with "
       "386, amd64[/v2 to v4], arm[/v5 to v7], arm64, loong64, mips, mips64, mips64le, mipsle, ppc64, "
       "ppc64le, riscv64, "
       "s390x"},
  });
  for (const auto* const text :
       {"linux/arm/v8", "linux/amd64/v9", "linux/riscv64/x", "linux/wasm", "beos/amd64", "linux/vax"})
    EXPECT_THAT(parse_failure(image(fmt::format("platforms: [{}]", text))),
                StartsWith("unsupported: w.yaml:5:17: "))
        << text;
}

TEST(SpecFields, Hostile020_Environment) {
  expect_refused({
      {"env: {\"\": x}", "spec: w.yaml:5:15: the name of the variable is empty"},
      {"env: {\"A=B\": x}",
       "spec: w.yaml:5:18: `A=B`: a name of a variable cannot have `=` or control characters"},
      {"env: {\"A\\nB\": x}",
       "spec: w.yaml:5:19: `A\\nB`: a name of a variable cannot have `=` or control characters"},
      {"env: {A: 1, A: 2}", "spec: w.yaml:5:17: the key `A` is there twice: on line 5 and again on line 5"},
  });
}

TEST(SpecFields, Hostile022_References) {
  const auto push = [](std::string_view text) {
    return parse_failure(image(fmt::format("push: [\"{}\"]", text)));
  };
  EXPECT_THAT(push("shop/API"),
              StartsWith("spec: w.yaml:5:12: `push`: \"shop/API\" is not an image reference: "));
  EXPECT_THAT(push("user:secret@registry.example.com/x"), testing::Not(HasSubstr("secret")));
  for (const auto* const bad :
       {"registry.example.com:0/x", "registry.example.com:65536/x", "a:", "", "https://r.example/x"})
    EXPECT_THAT(push(bad), StartsWith("spec: w.yaml:5:12: `push`: ")) << bad;
  EXPECT_EQ(push("shop/api:1.4"),
            "spec: w.yaml:5:12: `push`: \"shop/api:1.4\" has a tag or a digest; a repository goes "
            "here\nhint: write tags "
            "under `tags`");
  EXPECT_EQ(push("oci:out"),
            "spec: w.yaml:5:12: `push`: \"oci:out\" is no repository of a registry\nhint: other places "
            "are named when building, with `-o`");
  EXPECT_EQ(push("[::1]:5000/x"), "no error");
  for (const auto& tag :
       std::vector<std::string>{"-x", ".x", "a b", std::string(129, 'a'), "\"\"", "\"${version}+1\""})
    EXPECT_THAT(parse_failure(image(fmt::format("tags: [{}]", tag))), HasSubstr("is not a tag")) << tag;
  EXPECT_THAT(parse_failure(image("base: \"shop/API:1\"")), HasSubstr("`base`: "));
  EXPECT_EQ(parse_failure(image("base: oci-archive:x.tar")), "no error");
  EXPECT_THAT(parse_failure(image("base: \"oci-archive:\"")), HasSubstr("`base`: "));
}

TEST(SpecFields, Ports) {
  for (const auto* const bad :
       {"0", "65536", "-1", "80-90", "80/", "80/icmp", "tcp", "080", "8080/TCP", "\"\""})
    EXPECT_THAT(parse_failure(image(fmt::format("ports: [{}]", bad))),
                StartsWith("spec: w.yaml:5:13: `ports`: "))
        << bad;
  EXPECT_THAT(parse_failure(image("ports: [80, 80/tcp]")), HasSubstr("in the list already"));
}

TEST(SpecFields, StopSignals) {
  const auto signal = [](std::string_view text) {
    return image_of(image(fmt::format("stop-signal: {}", text))).stop_signal;
  };
  EXPECT_EQ(signal("SIGTERM"), "SIGTERM");
  EXPECT_EQ(signal("TERM"), "SIGTERM");
  EXPECT_EQ(signal("9"), "9");
  EXPECT_EQ(signal("SIGRTMIN+3"), "SIGRTMIN+3");
  for (const auto* const bad : {"0", "65", "sigterm", "SIGFOO", "SIG", "RTMIN+99"})
    EXPECT_THAT(parse_failure(image(fmt::format("stop-signal: {}", bad))), HasSubstr("is not a signal"))
        << bad;
}

TEST(SpecFields, Hostile041_Mains) {
  const auto main = [](std::string_view text) {
    return parse_failure(with(fmt::format("main: \"{}\"", text)));
  };
  EXPECT_EQ(main("-x"), "source: w.yaml:4:11: `main`: \"-x\" would be taken for a flag of the go command");
  EXPECT_THAT(main("../api"), HasSubstr("\"../api\" leaves the spec's folder"));
  EXPECT_THAT(main("./..."), HasSubstr("is a pattern; name one package"));
  EXPECT_THAT(main("example.com/x@latest"), HasSubstr("names a version"));
  for (const auto* const bad : {"", "/abs", "a b", "a\\nb"})
    EXPECT_THAT(main(bad), StartsWith("spec: w.yaml:4:11: `main`: ")) << bad;
}

TEST(SpecFields, LinkerFlags) {
  const auto flags = [](std::string_view text) {
    return parse_failure(image(fmt::format("ldflags: [{}]", text)));
  };
  EXPECT_EQ(
      flags("-linkmode=external"),
      "spec: w.yaml:5:15: `ldflags`: `-linkmode` is not allowed: it brings in a C linker of this machine");
  for (const auto* const bad : {"-o=/x", "-o /x", "-extld=gcc", "-extldflags=-static", "--extld=gcc",
                                "-buildid=x", "-tmpdir=/x", "-r=/lib", "-I /ld.so", "-cpuprofile=x", "-race"})
    EXPECT_THAT(flags(bad), HasSubstr("is not allowed: ")) << bad;
  EXPECT_EQ(flags("-s -w"),
            "spec: w.yaml:5:15: `ldflags`: \"-s -w\" are several flags\nhint: write each flag as an item of "
            "the list");
  EXPECT_THAT(flags("-nonsense"),
              HasSubstr("is not a flag that whittle passes to the linker; it passes `-X=…`, `-s`"));
  EXPECT_THAT(flags("x"), HasSubstr("\"x\" is not a flag"));
  for (const auto* const bad : {"-X=main.x", "-X main=1", "-X=", "\"-X \"", "\"-X   \""})
    EXPECT_THAT(flags(bad), HasSubstr("sets no variable")) << bad;
  EXPECT_THAT(flags("\"-X 'main.x=1'\""), HasSubstr("is not the name of a variable"));
  EXPECT_THAT(image_of(image("ldflags: [\"-X  a/b.c=d = $(x) 'e'\", --X=m.n=]")).binaries[0].ldflags,
              ElementsAre("-X=a/b.c=d = $(x) 'e'", "-X=m.n="));
  EXPECT_THAT(parse_failure(image("build-tags: [\"a,b\"]")), HasSubstr("\"a,b\" is not a build tag"));
}

TEST(SpecFields, GoVersions) {
  const auto version = [](std::string_view text) {
    return parse_failure(fmt::format("version: 1\ngo: {{version: {}}}\nimages: {{a: {{main: .}}}}\n", text));
  };
  for (const auto* const good : {"1.26.8", "1.10", "1.27rc1", "1.27.0"})
    EXPECT_EQ(version(good), "no error") << good;
  for (const auto* const bad :
       {"go1.26", "1", "2.0", "1.26.", "1.26.8.1", "1.026", "1.26.8-x", "latest", "\"\""})
    EXPECT_THAT(version(bad), HasSubstr("is not a version of Go")) << bad;
}

}  // namespace
}  // namespace whittle::builder
