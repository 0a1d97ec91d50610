#include "builder/spec.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "common/file.hpp"
#include "tests/support/failure.hpp"

namespace whittle::builder {
namespace {

namespace fs = std::filesystem;
using test::failure;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

std::string parse_failure(std::string_view text) {
  return failure([&] { parse_spec(text, "w.yaml"); });
}

// A spec with one image `api`, whose keys begin on line 4 in column 5.
std::string with(std::string_view keys) {
  std::string text = "version: 1\nimages:\n  api:\n";
  std::string_view rest = keys;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('\n'), rest.size());
    text += fmt::format("    {}\n", rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return text;
}
// The same with a main in front, so that the keys begin on line 5.
std::string image(std::string_view keys) { return with(fmt::format("main: ./cmd/api\n{}", keys)); }

ImageSpec image_of(std::string_view text) { return parse_spec(text, "w.yaml").images.at(0); }

struct Refused {
  std::string_view keys;
  std::string_view message;
};

// Each has to be refused with exactly that message.
void expect_refused(std::initializer_list<Refused> cases) {
  for (const auto& one : cases) {
    auto message = parse_failure(image(one.keys));
    message.resize(std::min(message.find("\nhint: "), message.size()));
    EXPECT_EQ(message, one.message) << one.keys;
  }
}

TEST(Spec, EveryKey) {
  const auto spec = parse_spec(R"(
version: 1
go:
  version: 1.26.8
  profile: debug
images:
  shop.api:
    binaries:
      - main: ./cmd/api
        tags: [netgo, feature_x]
        ldflags: ["-X=main.version=${version}", "-X main.name=the shop", -w]
      - {main: example.com/tool/v2, path: /bin/tool, profile: small}
    base: registry.example.com/base:1
    files:
      - {from: ./config/, to: /etc/api/, mode: "0640", owner: nonroot}
      - {from: run.sh, to: /run.sh, mode: "4755", allow-setid: true, owner: 7:8}
    user: 1000:1001
    env: {TZ: UTC, EMPTY: "", PRICE: $$5, YES: yes}
    entrypoint: [/bin/tool]
    args: [--listen, ":8080", 007]
    working-dir: /
    ports: [8080, 53/udp]
    volumes: [/data]
    stop-signal: INT
    labels: {a: "${git.commit}"}
    annotations: {b: $$}
    platforms: [linux/amd64, Linux/aarch64, linux/arm/v6]
    compression: {format: zstd, level: smallest}
    push: [registry.example.com/shop/api, shop/api]
    tags: ["v${version}", latest]
  small:
    main: ./cmd/small
    build-tags: [x]
    ldflags: [-s]
    compression: none
    push: registry.example.com/shop/api
)",
                               "dir/w.yaml");
  EXPECT_EQ(spec.file, "dir/w.yaml");
  EXPECT_EQ(spec.folder, "dir");
  EXPECT_EQ(spec.go_version, "1.26.8");
  ASSERT_EQ(spec.images.size(), 2U);
  const auto& api = spec.images[0];
  EXPECT_EQ(api.name, "shop.api");
  ASSERT_EQ(api.binaries.size(), 2U);
  EXPECT_EQ(api.binaries[0].path, "/usr/bin/api");
  EXPECT_THAT(api.binaries[0].tags, ElementsAre("feature_x", "netgo"));
  EXPECT_THAT(api.binaries[0].ldflags, ElementsAre("-X=main.version=${version}", "-X=main.name=the shop", "-w"));
  EXPECT_EQ(api.binaries[0].profile, Profile::debug);
  EXPECT_EQ(api.binaries[0].where.text(), "dir/w.yaml:9:9");
  EXPECT_EQ(api.binaries[1].path, "/bin/tool");
  EXPECT_EQ(api.binaries[1].profile, Profile::small);
  EXPECT_EQ(api.base, "registry.example.com/base:1");
  EXPECT_EQ(api.files[0].from, "config/");
  EXPECT_EQ(api.files[0].to, "/etc/api/");
  EXPECT_EQ(api.files[0].mode, 0640U);
  EXPECT_EQ(api.files[0].owner.gid, 65532U);
  EXPECT_EQ(api.files[1].mode, 04755U);
  EXPECT_EQ(api.files[1].owner.uid, 7U);
  EXPECT_EQ(api.files[1].owner.gid, 8U);
  EXPECT_EQ(api.user, "1000:1001");
  using Variable = std::pair<std::string, std::string>;
  EXPECT_THAT(api.env, ElementsAre(Variable("TZ", "UTC"), Variable("EMPTY", ""), Variable("PRICE", "$5"),
                                   Variable("YES", "yes")));
  EXPECT_THAT(*api.entrypoint, ElementsAre("/bin/tool"));
  EXPECT_THAT(*api.args, ElementsAre("--listen", ":8080", "007"));
  EXPECT_EQ(api.working_dir, "/");
  EXPECT_THAT(api.ports, ElementsAre("8080/tcp", "53/udp"));
  EXPECT_THAT(api.volumes, ElementsAre("/data"));
  EXPECT_EQ(api.stop_signal, "SIGINT");
  EXPECT_EQ(api.labels.at("a"), "${git.commit}");
  EXPECT_EQ(api.annotations.at("b"), "$$");
  ASSERT_EQ(api.platforms.size(), 3U);
  EXPECT_EQ(api.platforms[1].text(), "linux/arm64");
  EXPECT_EQ(api.compression.format, layers::Compression::Format::zstd);
  EXPECT_EQ(api.compression.level, layers::Compression::Level::smallest);
  EXPECT_THAT(api.push, ElementsAre("registry.example.com/shop/api", "shop/api"));
  EXPECT_THAT(api.tags, ElementsAre("v${version}", "latest"));
  const auto& small = spec.images[1];
  EXPECT_THAT(small.binaries[0].tags, ElementsAre("x"));
  EXPECT_EQ(small.binaries[0].profile, Profile::debug);
  EXPECT_EQ(small.compression.format, layers::Compression::Format::none);
  EXPECT_THAT(small.push, ElementsAre("registry.example.com/shop/api"));
}

TEST(Spec, Defaults) {
  const auto spec = parse_spec(with("main: ./cmd/api"), "w.yaml");
  const auto& api = spec.images.at(0);
  EXPECT_EQ(spec.folder, ".");
  EXPECT_EQ(spec.go_version, "");
  EXPECT_EQ(api.base, "scratch");
  EXPECT_EQ(api.binaries.at(0).profile, Profile::small);
  EXPECT_FALSE(api.user || api.args || api.entrypoint);
  EXPECT_TRUE(api.platforms.empty());
  EXPECT_EQ(api.compression, layers::Compression());
}

TEST(Spec, DefaultPathOfABinary) {
  const auto path = [](std::string_view main) { return image_of(with(fmt::format("main: {}", main))).binaries[0].path; };
  EXPECT_EQ(path("./cmd/server/"), "/usr/bin/server");
  EXPECT_EQ(path("example.com/tool"), "/usr/bin/tool");
  EXPECT_EQ(path("example.com/tool/v2"), "/usr/bin/tool");
  EXPECT_EQ(path("example.com/tool/v1"), "/usr/bin/v1");
  EXPECT_EQ(path("v2"), "/usr/bin/v2");
  EXPECT_EQ(path("."), "/usr/bin/api");
  EXPECT_EQ(path("./"), "/usr/bin/api");
  const auto spec = spec_for_package("/src", "./cmd/api", "shop");
  EXPECT_EQ(spec.images.at(0).binaries.at(0).path, "/usr/bin/api");
  EXPECT_EQ(spec.images.at(0).name, "shop");
  EXPECT_EQ(spec.folder, "/src");
}

TEST(Spec, Hostile001_DescribesNoImage) {
  for (const auto* const text : {"", "# nothing\n", "---\n", "version: 1\nimages: {}\n", "version: 1\n"})
    EXPECT_THAT(parse_failure(text), StartsWith("spec: w.yaml describes no image\nhint: the least is\n")) << text;
  EXPECT_EQ(parse_failure("images: {api: {main: .}}"), "spec: w.yaml:1:1: the spec has no `version: 1`");
}

TEST(Spec, Hostile003_UnknownKeysSuggestTheNearest) {
  EXPECT_EQ(parse_failure(image("plattforms: [linux/amd64]")),
            "spec: w.yaml:5:5: unknown key `plattforms`; did you mean `platforms`?");
  EXPECT_EQ(parse_failure("version: 1\nImages: {}\n"), "spec: w.yaml:2:1: unknown key `Images`; did you mean `images`?");
  EXPECT_EQ(parse_failure(image("files:\n- {from: a, to: /a, chown: x}")),
            "spec: w.yaml:6:25: unknown key `chown`; known here: `from`, `to`, `mode`, `owner`, `allow-setid`");
  EXPECT_EQ(parse_failure("version: 1\ngo: {versoin: 1.26}\n"),
            "spec: w.yaml:2:6: unknown key `versoin`; did you mean `version`?");
  EXPECT_EQ(parse_failure(image("\"\\e[31m\": 1")),
            "spec: w.yaml:5:5: unknown key `\\x1b[31m`; known here: `main`, `binaries`, `build-tags`, `ldflags`, "
            "`profile`, `base`, `files`, `user`, `env`, `entrypoint`, `args`, `working-dir`, `ports`, `volumes`, "
            "`stop-signal`, `labels`, `annotations`, `platforms`, `compression`, `push`, `tags`");
}

TEST(Spec, Hostile004_DuplicateKeyNamesBothLines) {
  EXPECT_EQ(parse_failure(image("env: {A: 1}\nuser: root\nenv: {B: 1}")),
            "spec: w.yaml:7:5: the key `env` is there twice: on line 5 and again on line 7");
}

TEST(Spec, Hostile005_WrongTypesNameTheExpectedOne) {
  EXPECT_EQ(parse_failure("version: 2\nnew-key: 1\n"),
            "spec: w.yaml:1:10: `version`: takes the number 1, the only version there is; here is \"2\"");
  EXPECT_THAT(parse_failure("version: \"1\"\n"), HasSubstr("takes the number 1"));
  EXPECT_EQ(parse_failure("[a]"), "spec: w.yaml:1:1: takes a mapping with the keys `version`, `go`, `images`; here is "
                                  "a list");
  EXPECT_THAT(parse_failure("version: 1\nimages: [a]\n"),
              HasSubstr("`images`: takes a mapping (`KEY: VALUE` lines); here is a list"));
  expect_refused({
      {"args: --listen", "spec: w.yaml:5:11: `args`: takes a list; here is text"},
      {"user: [1]", "spec: w.yaml:5:11: `user`: takes text; here is a list"},
      {"user:", "spec: w.yaml:5:10: `user`: has no value; write \"\" for text without characters"},
      {"files:\n- {from: a, to: /a, allow-setid: yes}",
       "spec: w.yaml:6:38: `allow-setid`: takes true or false, without quotes; here is \"yes\""},
      {"env: {A: }", "spec: w.yaml:5:14: `A`: has no value; write \"\" for text without characters"},
      {"env: [A=b]", "spec: w.yaml:5:10: `env`: takes a mapping (`KEY: VALUE` lines); here is a list"},
      {"compression: [gzip]", "spec: w.yaml:5:18: `compression`: takes text; here is a list"},
  });
}

TEST(Spec, Hostile012_NamedValues) {
  expect_refused({
      {"tags: [\"${git.comit}\"]", "spec: w.yaml:5:12: there is no named value `${git.comit}`; there are "
                                   "`${git.commit}`, `${git.tag}`, `${version}`"},
      {"labels: {a: \"x ${version\"}", "spec: w.yaml:5:17: \"${version\" is not closed by `}`"},
      {"env: {A: \"${version}\"}", "spec: w.yaml:5:14: `A`: named values do not expand here: \"${version}\""},
      {"args: [\"${HOME}\"]", "spec: w.yaml:5:12: `args`: named values do not expand here: \"${HOME}\""},
      {"labels: {\"${version}\": x}", "spec: w.yaml:5:28: `${version}`: named values do not expand in keys"},
      {"ldflags: [\"-X=main.${version}=1\"]",
       "spec: w.yaml:5:15: `ldflags`: \"main.${version}\" is not the name of a variable"},
  });
  EXPECT_THAT(*image_of(image("args: [\"$${HOME} $x $$\"]")).args, ElementsAre("${HOME} $x $"));
}

TEST(Spec, Hostile013_ContextPaths) {
  expect_refused({
      {"files: [{from: /etc/passwd, to: /a}]",
       "spec: w.yaml:5:20: `from`: \"/etc/passwd\" is absolute; it has to be relative to the spec's folder"},
      {"files: [{from: \"\", to: /a}]", "spec: w.yaml:5:20: `from`: the path is empty"},
      {"files: [{from: a/../../b, to: /a}]",
       "spec: w.yaml:5:20: `from`: \"a/../../b\" leaves the spec's folder: it is \"../b\""},
      {"files: [{from: a/../b, to: /a}]", "spec: w.yaml:5:20: `from`: \"a/../b\" has `..` in it; write \"b\""},
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

TEST(Spec, Hostile014_ImagePaths) {
  const std::string long_name(256, 'a');
  const std::string long_path = "/" + std::string(4096, 'a');
  expect_refused({
      {"working-dir: app", "spec: w.yaml:5:18: `working-dir`: \"app\" is not absolute; a path in the image starts with "
                           "`/`"},
      {"working-dir: /a/../b", "spec: w.yaml:5:18: `working-dir`: \"/a/../b\" has `..` in it"},
      {"working-dir: /a//b", "spec: w.yaml:5:18: `working-dir`: \"/a//b\" has two slashes in a row"},
      {"working-dir: /app/", "spec: w.yaml:5:18: `working-dir`: \"/app/\" ends in a slash"},
      {"volumes: [/]", "spec: w.yaml:5:15: `volumes`: it cannot be `/`"},
      {"volumes: [/a, /a]", "spec: w.yaml:5:19: `volumes`: this is in the list already, perhaps written in another "
                            "way"},
  });
  EXPECT_THAT(parse_failure(image("working-dir: /" + long_name)), HasSubstr("has 256 bytes, 255 are allowed"));
  EXPECT_THAT(parse_failure(image("working-dir: " + long_path)), HasSubstr("the path has 4097 bytes"));
  EXPECT_THAT(parse_failure(image("working-dir: \"/a\\0b\"")), HasSubstr("a NUL character"));
}

TEST(Spec, Hostile015_TwoBinariesAtOnePath) {
  EXPECT_EQ(parse_failure(with("binaries:\n- main: ./a/run\n- main: ./b/run")),
            "spec: w.yaml:6:7: \"./b/run\" and \"./a/run\" (line 5) both go to \"/usr/bin/run\"; give one of them "
            "another `path`");
}

TEST(Spec, Hostile016_WhiteoutNames) {
  expect_refused({{"files: [{from: a, to: /a/.wh.b}]",
                   "spec: w.yaml:5:27: `to`: \"/a/.wh.b\" has a name that begins with `.wh.`, which marks deleted "
                   "files in layers"}});
  EXPECT_THAT(parse_failure(with("binaries: [{main: ./.wh.x, path: /.wh..wh..opq}]")), HasSubstr("begins with `.wh.`"));
}

TEST(Spec, Hostile017_Modes) {
  const auto mode = [](std::string_view text) {
    return parse_failure(image(fmt::format("files: [{{from: a, to: /a, mode: {}}}]", text)));
  };
  EXPECT_EQ(mode("777"),
            "spec: w.yaml:5:37: `mode`: \"777\" has to be in quotes, \"0644\": without them some YAML readers take it for "
            "a decimal number and some for an octal one");
  for (const auto* const plain : {"0644", "0o644", "-1"}) EXPECT_THAT(mode(plain), HasSubstr("has to be in quotes"));
  for (const auto* const bad : {"\"0999\"", "\"-1\"", "\"10000\"", "\"\"", "\"0x1ff\"", "\"+644\"", "\" 644\"", "\"64\"",
                                "\"rwx\"", "\"000644\""})
    EXPECT_THAT(mode(bad), HasSubstr("is not a mode: three or four octal digits, at most 7777")) << bad;
  EXPECT_EQ(mode("\"4755\""),
            "policy: w.yaml:5:13: `files`: mode 4755 sets setuid, setgid or the sticky bit, which needs `allow-setid: "
            "true`");
  EXPECT_EQ(mode("\"0644\""), "no error");
  EXPECT_EQ(mode("'7777', allow-setid: true"), "no error");
}

TEST(Spec, Hostile018_Owners) {
  const auto owner = [](std::string_view text) {
    return parse_failure(image(fmt::format("files: [{{from: a, to: /a, owner: {}}}]", text)));
  };
  for (const auto* const bad : {"-1", "4294967295", "1:4294967295", "'1:'", "':1'", "1:2:3", "99999999999999999999", "01"})
    EXPECT_THAT(owner(bad), HasSubstr("is not UID or UID:GID with numbers from 0 to 4294967294")) << bad;
  EXPECT_EQ(owner("www-data"),
            "spec: w.yaml:5:38: `owner`: \"www-data\" is a name that whittle does not know\nhint: write `root`, "
            "`nonroot`, UID or UID:GID; names are never looked up on the machine that builds");
  const auto parsed = image_of(image("files: [{from: a, to: /a, owner: 4294967294}]")).files.at(0).owner;
  EXPECT_EQ(parsed.uid, 4294967294U);
  EXPECT_EQ(parsed.gid, 4294967294U);
  EXPECT_THAT(parse_failure(image("user: postgres")), HasSubstr("`user`: \"postgres\" is a name"));
  EXPECT_EQ(image_of(image("user: root")).user, "root");
}

TEST(Spec, Hostile019_Platforms) {
  expect_refused({
      {"platforms: []", "spec: w.yaml:5:16: `platforms`: the list is empty; leave the key out to build for the host's "
                        "platform"},
      {"platforms: [linux/arm64/v8, linux/arm64]",
       "spec: w.yaml:5:33: `platforms`: this is in the list already, perhaps written in another way"},
      {"platforms: [linux/amd64, LINUX/x86_64]",
       "spec: w.yaml:5:30: `platforms`: this is in the list already, perhaps written in another way"},
      {"platforms: [linux]", "spec: w.yaml:5:17: `platforms`: \"linux\" is not a platform"},
      {"platforms: [windows/amd64]",
       "unsupported: w.yaml:5:17: `platforms`: whittle does not build for \"windows/amd64\"; it builds for linux/ with "
       "386, amd64[/v2 to v4], arm[/v5 to v7], arm64, loong64, mips, mips64, mips64le, mipsle, ppc64, ppc64le, riscv64, "
       "s390x"},
  });
  for (const auto* const text : {"linux/arm/v8", "linux/amd64/v9", "linux/riscv64/x", "linux/wasm", "beos/amd64", "linux/vax"})
    EXPECT_THAT(parse_failure(image(fmt::format("platforms: [{}]", text))), StartsWith("unsupported: w.yaml:5:17: ")) << text;
}

TEST(Spec, Hostile020_Environment) {
  expect_refused({
      {"env: {\"\": x}", "spec: w.yaml:5:15: the name of the variable is empty"},
      {"env: {\"A=B\": x}", "spec: w.yaml:5:18: `A=B`: a name of a variable cannot have `=` or control characters"},
      {"env: {\"A\\nB\": x}", "spec: w.yaml:5:19: `A\\nB`: a name of a variable cannot have `=` or control characters"},
      {"env: {A: 1, A: 2}", "spec: w.yaml:5:17: the key `A` is there twice: on line 5 and again on line 5"},
  });
}

TEST(Spec, Hostile022_References) {
  const auto push = [](std::string_view text) { return parse_failure(image(fmt::format("push: [\"{}\"]", text))); };
  EXPECT_THAT(push("shop/API"), StartsWith("spec: w.yaml:5:12: `push`: \"shop/API\" is not an image reference: "));
  EXPECT_THAT(push("user:secret@registry.example.com/x"), testing::Not(HasSubstr("secret")));
  for (const auto* const bad : {"registry.example.com:0/x", "registry.example.com:65536/x", "a:", "", "https://r.example/x"})
    EXPECT_THAT(push(bad), StartsWith("spec: w.yaml:5:12: `push`: ")) << bad;
  EXPECT_EQ(push("shop/api:1.4"),
            "spec: w.yaml:5:12: `push`: \"shop/api:1.4\" has a tag or a digest; a repository goes here\nhint: write tags "
            "under `tags`");
  EXPECT_EQ(push("oci:out"), "spec: w.yaml:5:12: `push`: \"oci:out\" is no repository of a registry\nhint: other places "
                             "are named when building, with `-o`");
  EXPECT_EQ(push("[::1]:5000/x"), "no error");
  for (const auto& tag : std::vector<std::string>{"-x", ".x", "a b", std::string(129, 'a'), "\"\"", "\"${version}+1\""})
    EXPECT_THAT(parse_failure(image(fmt::format("tags: [{}]", tag))), HasSubstr("is not a tag")) << tag;
  EXPECT_THAT(parse_failure(image("base: \"shop/API:1\"")), HasSubstr("`base`: "));
  EXPECT_THAT(parse_failure(image("base: oci-archive:x.tar")), StartsWith("unsupported: w.yaml:5:11: `base`: "));
}

TEST(Spec, Ports) {
  for (const auto* const bad : {"0", "65536", "-1", "80-90", "80/", "80/icmp", "tcp", "080", "8080/TCP", "\"\""})
    EXPECT_THAT(parse_failure(image(fmt::format("ports: [{}]", bad))), StartsWith("spec: w.yaml:5:13: `ports`: ")) << bad;
  EXPECT_THAT(parse_failure(image("ports: [80, 80/tcp]")), HasSubstr("in the list already"));
}

TEST(Spec, StopSignals) {
  const auto signal = [](std::string_view text) { return image_of(image(fmt::format("stop-signal: {}", text))).stop_signal; };
  EXPECT_EQ(signal("SIGTERM"), "SIGTERM");
  EXPECT_EQ(signal("TERM"), "SIGTERM");
  EXPECT_EQ(signal("9"), "9");
  EXPECT_EQ(signal("SIGRTMIN+3"), "SIGRTMIN+3");
  for (const auto* const bad : {"0", "65", "sigterm", "SIGFOO", "SIG", "RTMIN+99"})
    EXPECT_THAT(parse_failure(image(fmt::format("stop-signal: {}", bad))), HasSubstr("is not a signal")) << bad;
}

TEST(Spec, KeysOfLaterVersions) {
  expect_refused({
      {"packages: [tzdata]", "unsupported: w.yaml:5:5: `packages` is not supported by this version of whittle"},
      {"memory: 256MiB", "unsupported: w.yaml:5:5: `memory` is not supported by this version of whittle"},
      {"limits: {}", "unsupported: w.yaml:5:5: `limits` is not supported by this version of whittle"},
      {"cgo: static", "unsupported: w.yaml:5:5: `cgo` is not supported by this version of whittle"},
      {"profile: smallest", "unsupported: w.yaml:5:14: `profile`: `smallest` is not supported by this version of whittle; "
                            "there are `debug`, `small`"},
      {"base: static", "unsupported: w.yaml:5:11: `base`: `static` is not supported by this version of whittle; there are "
                       "`scratch` and any image reference"},
      {"compression: estargz", "unsupported: w.yaml:5:18: `compression`: `estargz` is not supported by this version of "
                               "whittle; there are `gzip`, `zstd`, `none`"},
      {"compression: brotli", "spec: w.yaml:5:18: `compression`: \"brotli\" is none of `gzip`, `zstd`, `none`"},
      {"compression: {level: best}", "spec: w.yaml:5:26: `level`: \"best\" is none of `fast`, `balanced`, `smallest`"},
  });
  EXPECT_THAT(parse_failure("version: 1\nlock: x\n"), StartsWith("unsupported: w.yaml:2:1: `lock` "));
  EXPECT_THAT(parse_failure("version: 1\ndebian: {}\n"), StartsWith("unsupported: w.yaml:2:1: `debian` "));
}

TEST(Spec, MainOrBinaries) {
  EXPECT_EQ(parse_failure(with("base: scratch")),
            "spec: w.yaml:4:5: `api`: the image needs `main` or `binaries`, what to compile");
  EXPECT_EQ(parse_failure(image("binaries: [{main: ./b}]")),
            "spec: w.yaml:5:15: `binaries`: an image has either `main` or `binaries`");
  EXPECT_EQ(parse_failure(with("binaries: []")), "spec: w.yaml:4:15: `binaries`: the list is empty");
  EXPECT_EQ(parse_failure(with("binaries: [{main: ./b}]\nldflags: [-s]")),
            "spec: w.yaml:5:14: `ldflags`: this goes with `main`; beside `binaries` write it in each entry");
  EXPECT_EQ(parse_failure(with("build-tags: [x]")), "spec: w.yaml:4:17: `build-tags`: this goes with `main`, which is missing");
  EXPECT_EQ(parse_failure(with("binaries: [{path: /x}]")),
            "spec: w.yaml:4:16: `binaries`: an entry needs `main`, the package to compile");
}

TEST(Spec, Hostile041_Mains) {
  const auto main = [](std::string_view text) { return parse_failure(with(fmt::format("main: \"{}\"", text))); };
  EXPECT_EQ(main("-x"), "source: w.yaml:4:11: `main`: \"-x\" would be taken for a flag of the go command");
  EXPECT_THAT(main("../api"), HasSubstr("\"../api\" leaves the spec's folder"));
  EXPECT_THAT(main("./..."), HasSubstr("is a pattern; name one package"));
  EXPECT_THAT(main("example.com/x@latest"), HasSubstr("names a version"));
  for (const auto* const bad : {"", "/abs", "a b", "a\\nb"}) EXPECT_THAT(main(bad), StartsWith("spec: w.yaml:4:11: `main`: ")) << bad;
}

TEST(Spec, LinkerFlags) {
  const auto flags = [](std::string_view text) { return parse_failure(image(fmt::format("ldflags: [{}]", text))); };
  EXPECT_EQ(flags("-linkmode=external"),
            "spec: w.yaml:5:15: `ldflags`: `-linkmode` is not allowed: it brings in a C linker of this machine");
  for (const auto* const bad : {"-o=/x", "-o /x", "-extld=gcc", "-extldflags=-static", "--extld=gcc", "-buildid=x", "-tmpdir=/x",
                                "-r=/lib", "-I /ld.so", "-cpuprofile=x", "-race"})
    EXPECT_THAT(flags(bad), HasSubstr("is not allowed: ")) << bad;
  EXPECT_EQ(flags("-s -w"), "spec: w.yaml:5:15: `ldflags`: \"-s -w\" are several flags\nhint: write each flag as an item of "
                            "the list");
  EXPECT_THAT(flags("-nonsense"), HasSubstr("is not a flag that whittle passes to the linker; it passes `-X=…`, `-s`"));
  EXPECT_THAT(flags("x"), HasSubstr("\"x\" is not a flag"));
  for (const auto* const bad : {"-X=main.x", "-X main=1", "-X=", "\"-X \"", "\"-X   \""})
    EXPECT_THAT(flags(bad), HasSubstr("sets no variable")) << bad;
  EXPECT_THAT(flags("\"-X 'main.x=1'\""), HasSubstr("is not the name of a variable"));
  EXPECT_THAT(image_of(image("ldflags: [\"-X  a/b.c=d = $(x) 'e'\", --X=m.n=]")).binaries[0].ldflags,
              ElementsAre("-X=a/b.c=d = $(x) 'e'", "-X=m.n="));
  EXPECT_THAT(parse_failure(image("build-tags: [\"a,b\"]")), HasSubstr("\"a,b\" is not a build tag"));
}

TEST(Spec, GoVersions) {
  const auto version = [](std::string_view text) {
    return parse_failure(fmt::format("version: 1\ngo: {{version: {}}}\nimages: {{a: {{main: .}}}}\n", text));
  };
  for (const auto* const good : {"1.26.8", "1.10", "1.27rc1", "1.27.0"}) EXPECT_EQ(version(good), "no error") << good;
  for (const auto* const bad : {"go1.26", "1", "2.0", "1.26.", "1.26.8.1", "1.026", "1.26.8-x", "latest", "\"\""})
    EXPECT_THAT(version(bad), HasSubstr("is not a version of Go")) << bad;
}

TEST(Spec, ImageNames) {
  for (const auto* const bad : {"API", "-a", "a-", "a..b", "a/b", "\"\"", "ä"})
    EXPECT_THAT(parse_failure(fmt::format("version: 1\nimages: {{{}: {{main: .}}}}\n", bad)), HasSubstr("an image's name has")) << bad;
}

TEST(Spec, ALargeSpecIsReadInTime) {
  std::string files = "files:\n";
  for (int i = 0; i < 14'000; ++i) files += fmt::format("- {{from: f{}, to: /f{}}}\n", i, i);
  EXPECT_EQ(image_of(image(files)).files.size(), 14'000U);
  std::string tags = "tags: [";
  for (int i = 0; i < 90'000; ++i) tags += fmt::format("t{},", i);
  EXPECT_EQ(image_of(image(tags + "]")).tags.size(), 90'000U);
}

class ReadSpec : public testing::Test {
 protected:
  fs::path path(std::string_view name) const { return folder_.path() / name; }
  TemporaryFolder folder_{fs::temp_directory_path()};
};

TEST_F(ReadSpec, ReadsTheFile) {
  write_file(path("w.yaml"), with("main: ."), AtomicFile::Durability::content);
  const auto spec = read_spec(path("w.yaml"));
  EXPECT_EQ(spec.folder, folder_.path());
  EXPECT_EQ(spec.images.at(0).where.file, path("w.yaml"));
}

TEST_F(ReadSpec, Hostile009_FileTooLarge) {
  write_file(path("w.yaml"), std::string((1U << 20U) + 1, '#'), AtomicFile::Durability::content);
  EXPECT_THAT(failure([&] { read_spec(path("w.yaml")); }), HasSubstr("w.yaml is larger than the limit of 1048576 bytes"));
  EXPECT_THAT(failure([&] { read_spec(path("w.yaml")); }), StartsWith("limit: "));
}

TEST_F(ReadSpec, Hostile024_WhatIsNoRegularFile) {
  ASSERT_EQ(::mkfifo(path("fifo").c_str(), 0600), 0);
  EXPECT_THAT(failure([&] { read_spec(path("fifo")); }), HasSubstr(": it is a FIFO"));
  EXPECT_THAT(failure([&] { read_spec(path("")); }), HasSubstr(": it is a directory"));
  EXPECT_THAT(failure([&] { read_spec(path("none")); }), StartsWith("not-found: opening "));
}

}  // namespace
}  // namespace whittle::builder
