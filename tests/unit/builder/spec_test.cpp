#include "builder/spec.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "common/file.hpp"
#include "tests/support/failure.hpp"
#include "tests/unit/builder/spec_texts.hpp"

namespace whittle::builder {
namespace {

namespace fs = std::filesystem;
using test::expect_refused;
using test::failure;
using test::image;
using test::image_of;
using test::parse_failure;
using test::with;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

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
  EXPECT_THAT(api.binaries[0].ldflags,
              ElementsAre("-X=main.version=${version}", "-X=main.name=the shop", "-w"));
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
  EXPECT_EQ(api.base, "static");
  EXPECT_EQ(api.binaries.at(0).profile, Profile::small);
  EXPECT_FALSE(api.user || api.args || api.entrypoint);
  EXPECT_TRUE(api.platforms.empty());
  EXPECT_EQ(api.compression, layers::Compression());
}

TEST(Spec, DefaultPathOfABinary) {
  const auto path = [](std::string_view main) {
    return image_of(with(fmt::format("main: {}", main))).binaries[0].path;
  };
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
    EXPECT_THAT(parse_failure(text), StartsWith("spec: w.yaml describes no image\nhint: the least is\n"))
        << text;
  EXPECT_EQ(parse_failure("images: {api: {main: .}}"), "spec: w.yaml:1:1: the spec has no `version: 1`");
}

TEST(Spec, Hostile003_UnknownKeysSuggestTheNearest) {
  EXPECT_EQ(parse_failure(image("plattforms: [linux/amd64]")),
            "spec: w.yaml:5:5: unknown key `plattforms`; did you mean `platforms`?");
  EXPECT_EQ(parse_failure("version: 1\nImages: {}\n"),
            "spec: w.yaml:2:1: unknown key `Images`; did you mean `images`?");
  EXPECT_EQ(
      parse_failure(image("files:\n- {from: a, to: /a, chown: x}")),
      "spec: w.yaml:6:25: unknown key `chown`; known here: `from`, `to`, `mode`, `owner`, `allow-setid`");
  EXPECT_EQ(parse_failure("version: 1\ngo: {versoin: 1.26}\n"),
            "spec: w.yaml:2:6: unknown key `versoin`; did you mean `version`?");
  EXPECT_EQ(
      parse_failure(image("\"\\e[31m\": 1")),
      "spec: w.yaml:5:5: unknown key `\\x1b[31m`; known here: `main`, `binaries`, `build-tags`, `ldflags`, "
      "`profile`, `lines`, `inlining`, `cgo`, `base`, `packages`, `files`, `user`, `env`, `entrypoint`, "
      "`args`, `working-dir`, `ports`, `volumes`, "
      "`stop-signal`, `labels`, `annotations`, `platforms`, `compression`, `push`, `tags`, `limits`, "
      "`memory`, `smoke`");
}

TEST(Spec, Hostile004_DuplicateKeyNamesBothLines) {
  EXPECT_EQ(parse_failure(image("env: {A: 1}\nuser: root\nenv: {B: 1}")),
            "spec: w.yaml:7:5: the key `env` is there twice: on line 5 and again on line 7");
}

TEST(Spec, Hostile005_WrongTypesNameTheExpectedOne) {
  EXPECT_EQ(parse_failure("version: 2\nnew-key: 1\n"),
            "spec: w.yaml:1:10: `version`: takes the number 1, the only version there is; here is \"2\"");
  EXPECT_THAT(parse_failure("version: \"1\"\n"), HasSubstr("takes the number 1"));
  EXPECT_EQ(parse_failure("[a]"),
            "spec: w.yaml:1:1: takes a mapping with the keys `version`, `go`, `images`, `secrets`, `debian`, "
            "`cache`; "
            "here is "
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
      {"tags: [\"${git.comit}\"]",
       "spec: w.yaml:5:12: there is no named value `${git.comit}`; there are "
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

TEST(Spec, LineTablesAreApartInTheSmallestProfileOrWhereItSaysSo) {
  const auto lines_of = [](const std::string& keys, Profile profile) {
    return image_of(image(keys)).binaries.at(0).lines_with(profile);
  };
  EXPECT_EQ(image_of(image("profile: smallest")).binaries.at(0).profile, Profile::smallest);
  EXPECT_EQ(lines_of("tags: [a]", Profile::small), Lines::keep);
  EXPECT_EQ(lines_of("tags: [a]", Profile::smallest), Lines::split);
  EXPECT_EQ(lines_of("lines: keep", Profile::smallest), Lines::keep);
  EXPECT_EQ(lines_of("lines: split", Profile::debug), Lines::split);
  expect_refused({
      {"lines: yes", "spec: w.yaml:5:12: `lines`: \"yes\" is none of `keep`, `split`"},
      {"profile: tiny", "spec: w.yaml:5:14: `profile`: \"tiny\" is none of `debug`, `small`, `smallest`"},
  });
  for (const auto profile : {Profile::debug, Profile::small, Profile::smallest})
    EXPECT_EQ(profile_named(name_of(profile)), profile);
  EXPECT_EQ(profile_named(""), std::nullopt);
}

TEST(Spec, TheLevelIsTheSmallestWhereAllProgramsAreUnlessItIsWritten) {
  using Level = layers::Compression::Level;
  const auto level_of = [](const std::string& keys) { return image_of(image(keys)).compression.level; };
  EXPECT_EQ(level_of("profile: small"), Level::balanced);
  EXPECT_EQ(level_of("profile: smallest"), Level::smallest);
  EXPECT_EQ(level_of("profile: smallest\ncompression: zstd"), Level::smallest);
  EXPECT_EQ(level_of("profile: smallest\ncompression: {level: fast}"), Level::fast);
  const std::string two =
      "version: 1\nimages:\n  a:\n    binaries:\n    - {main: ./a, profile: smallest}\n    - {main: ./b}\n";
  EXPECT_EQ(image_of(two).compression.level, Level::balanced);
  const auto smallest = with_profile(parse_spec(two, "w.yaml"), Profile::smallest);
  EXPECT_EQ(smallest.images[0].compression.level, Level::smallest);
  EXPECT_EQ(smallest.images[0].binaries[1].profile, Profile::smallest);
  EXPECT_EQ(with_profile(smallest, Profile::debug).images[0].compression.level, Level::balanced);
}

TEST(Spec, EstargzIsAFormOfGzipWithItsLevels) {
  const auto plain = parse_spec(with("main: .\ncompression: estargz"), "w.yaml");
  EXPECT_TRUE(plain.images[0].compression.by_file);
  EXPECT_EQ(plain.images[0].compression.format, layers::Compression::Format::gzip);
  EXPECT_EQ(plain.images[0].compression.level, layers::Compression::Level::balanced);
  const auto fast = parse_spec(with("main: .\ncompression: {format: estargz, level: fast}"), "w.yaml");
  EXPECT_TRUE(fast.images[0].compression.by_file);
  EXPECT_EQ(fast.images[0].compression.level, layers::Compression::Level::fast);
}

TEST(Spec, ZstdChunkedIsAFormOfZstdWithItsLevels) {
  for (const char* written :
       {"zstd:chunked", "{format: zstd:chunked}", "{format: \"zstd:chunked\", level: balanced}"}) {
    const auto compression =
        parse_spec(with(std::string("main: .\ncompression: ") + written), "w.yaml").images[0].compression;
    EXPECT_EQ(compression, (layers::Compression{layers::Compression::Format::zstd,
                                                layers::Compression::Level::balanced, true}));
    EXPECT_EQ(compression.format_name(), "zstd:chunked");
  }
}

TEST(Spec, CgoIsOffUnlessItIsAskedFor) {
  EXPECT_EQ(parse_spec(with("main: ."), "w.yaml").images[0].binaries[0].cgo, Cgo::off);
  EXPECT_EQ(parse_spec(with("main: .\ncgo: off"), "w.yaml").images[0].binaries[0].cgo, Cgo::off);
  EXPECT_EQ(parse_spec(with("main: .\ncgo: static"), "w.yaml").images[0].binaries[0].cgo, Cgo::any);
  const auto several =
      parse_spec(with("binaries: [{main: ./a, cgo: static-musl}, {main: ./b, cgo: static-glibc}]"), "w.yaml");
  EXPECT_EQ(several.images[0].binaries[0].cgo, Cgo::musl);
  EXPECT_EQ(several.images[0].binaries[1].cgo, Cgo::glibc);
}

TEST(Spec, MemoryIsALimitAndHowMuchOfItGoTakes) {
  EXPECT_FALSE(parse_spec(with("main: ."), "w.yaml").images[0].memory);
  const auto plain = *parse_spec(with("main: .\nmemory: 256MiB"), "w.yaml").images[0].memory;
  EXPECT_EQ(plain.limit, 256U << 20U);
  EXPECT_EQ(plain.share, 90U);
  EXPECT_EQ(plain.written, "256MiB");
  const auto shared =
      *parse_spec(with("main: .\nmemory: {limit: 1GiB, share: 75%}"), "w.yaml").images[0].memory;
  EXPECT_EQ(shared.limit, 1U << 30U);
  EXPECT_EQ(shared.share, 75U);
  expect_refused({
      {"memory: much", "spec: w.yaml:5:13: `memory`: \"much\" is no size"},
      {"memory: 1MiB",
       "spec: w.yaml:5:13: `memory`: \"1MiB\" is less than the 4 MiB that a container takes to start"},
      {"memory: {share: 80%}",
       "spec: w.yaml:5:13: `memory`: there is no `limit`, which `share` is a share of"},
      {"memory: {limit: 8MiB, share: 101%}", "spec: w.yaml:5:34: `share`: \"101%\" is no share"},
      {"memory: {limit: 8MiB, share: 0.9}", "spec: w.yaml:5:34: `share`: \"0.9\" is no share"},
  });
}

TEST(Spec, SmokeIsWhatTheFlagsAre) {
  const auto image = parse_spec(with("main: .\nlimits: {memory: 64MiB}\nsmoke: {load: \"http://localhost/\", "
                                     "stages: \"5/s:1s\", env: {A: b}}"),
                                "w.yaml")
                         .images[0];
  EXPECT_EQ(image.smoke->load, "http://localhost/");
  EXPECT_EQ(image.smoke->stages, "5/s:1s");
  EXPECT_EQ(image.smoke->env.at(0).first, "A");
  EXPECT_EQ(image.limits.memory->bytes, 64U << 20U);
  EXPECT_TRUE(image.limits.empty());  // of sizes
  expect_refused({{"smoke: {stages: \"5/s:1s\"}",
                   "spec: w.yaml:5:12: `smoke`: `stages` says how often, and `load` is needed to say what"}});
}

TEST(Spec, KeysOfLaterVersions) {
  expect_refused({
      {"cgo: shared",
       "spec: w.yaml:5:10: `cgo`: \"shared\" is none of `off`, `static`, `static-musl`, `static-glibc`"},
      {"compression: brotli",
       "spec: w.yaml:5:18: `compression`: \"brotli\" is none of `gzip`, `zstd`, `estargz`, `zstd:chunked`, "
       "`none`"},
      {"compression: {level: best}",
       "spec: w.yaml:5:26: `level`: \"best\" is none of `fast`, `balanced`, `smallest`"},
  });
}

TEST(Spec, PackagesOfDebian) {
  const auto spec = parse_spec(
      "version: 1\ngo: {proxy: 'https://proxy.example.com,direct', sumdb: sum.example.com}\n"
      "debian:\n  archives:\n  - {uris: ['https://mirror.example.com/debian'], suite: bookworm, "
      "signed-by: keys/debian.asc, check-valid-until: false}\n  stores: ['oci:store', example.com/packages]\n"
      "images:\n  a: {main: ., base: debug, packages: {names: [git, 'curl:amd64=1:7.88-1'], dependencies: "
      "none, "
      "keep: [manuals], allow-setid: true}}\n  b: {main: ., packages: [git]}\n",
      "folder/w.yaml");
  EXPECT_EQ(spec.go_origins.proxy, "https://proxy.example.com,direct");
  EXPECT_EQ(spec.go_origins.sumdb, "sum.example.com");
  const auto& archive = spec.debian.archives.at(0);
  EXPECT_EQ(archive.suite, "bookworm");
  EXPECT_THAT(archive.components, ElementsAre("main"));
  EXPECT_EQ(archive.keys.at(0).file, "folder/keys/debian.asc");
  EXPECT_FALSE(archive.check_expiry);
  EXPECT_THAT(spec.debian.stores, ElementsAre("oci:store", "example.com/packages"));
  const auto& packages = spec.images.at(0).packages;
  EXPECT_EQ(packages.wishes.at(0).text(), "curl:amd64=1:7.88-1");
  EXPECT_EQ(packages.wishes.at(1).text(), "git");
  EXPECT_FALSE(packages.dependencies);
  EXPECT_TRUE(packages.allow_setid);
  EXPECT_THAT(packages.keep, ElementsAre("manuals"));
  EXPECT_TRUE(spec.images.at(1).packages.dependencies);
}

TEST(Spec, WhatIsNoPackage) {
  const auto refused = [](const std::string& text) { return parse_failure(image(text)); };
  EXPECT_THAT(refused("packages: ['a b']"), StartsWith("spec: w.yaml:5:16: "));
  EXPECT_THAT(refused("packages: [git, git]"), HasSubstr("in the list already"));
  EXPECT_THAT(refused("packages: {names: [git], keep: [manual]}"), HasSubstr("did you mean `manuals`?"));
  EXPECT_THAT(refused("packages: {names: [git], dependencies: some}"), HasSubstr("takes `all` or `none`"));
  const auto archive = [](const std::string& text) {
    return parse_failure("version: 1\ndebian: {archives: [" + text + "]}\nimages: {a: {main: .}}\n");
  };
  EXPECT_THAT(archive("{suite: bookworm}"), HasSubstr("needs `uris`"));
  EXPECT_THAT(archive("{uris: ['https://m.example.com']}"), HasSubstr("needs a `suite`"));
  EXPECT_THAT(archive("{uris: ['ftp://m.example.com'], suite: bookworm}"),
              HasSubstr("https://, http:// or file:///"));
  EXPECT_THAT(archive("{uris: ['https://m.example.com'], suite: ../x}"), HasSubstr("no name of a part"));
  EXPECT_THAT(parse_failure("version: 1\ndebian: {stores: ['example.com/a:tag']}\nimages: {a: {main: .}}\n"),
              HasSubstr("without a tag"));
}

TEST(Spec, MainOrBinaries) {
  EXPECT_EQ(parse_failure(with("base: scratch")),
            "spec: w.yaml:4:5: `api`: the image needs `main` or `binaries`, what to compile");
  EXPECT_EQ(parse_failure(image("binaries: [{main: ./b}]")),
            "spec: w.yaml:5:15: `binaries`: an image has either `main` or `binaries`");
  EXPECT_EQ(parse_failure(with("binaries: []")), "spec: w.yaml:4:15: `binaries`: the list is empty");
  EXPECT_EQ(parse_failure(with("binaries: [{main: ./b}]\nldflags: [-s]")),
            "spec: w.yaml:5:14: `ldflags`: this goes with `main`; beside `binaries` write it in each entry");
  EXPECT_EQ(parse_failure(with("build-tags: [x]")),
            "spec: w.yaml:4:17: `build-tags`: this goes with `main`, which is missing");
  EXPECT_EQ(parse_failure(with("binaries: [{path: /x}]")),
            "spec: w.yaml:4:16: `binaries`: an entry needs `main`, the package to compile");
}

TEST(Spec, ImageNames) {
  for (const auto* const bad : {"API", "-a", "a-", "a..b", "a/b", "\"\"", "ä"})
    EXPECT_THAT(parse_failure(fmt::format("version: 1\nimages: {{{}: {{main: .}}}}\n", bad)),
                HasSubstr("an image's name has"))
        << bad;
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
  EXPECT_THAT(failure([&] { read_spec(path("w.yaml")); }),
              HasSubstr("w.yaml is larger than the limit of 1048576 bytes"));
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
