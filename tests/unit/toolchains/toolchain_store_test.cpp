#include "toolchains/toolchain_store.hpp"

#include <algorithm>
#include <functional>
#include <set>
#include <thread>

#include "tests/support/memory_web.hpp"
#include "tests/unit/toolchains/helpers.hpp"

namespace whittle::toolchains {
namespace {

namespace fs = std::filesystem;
using test::failure;
using testing::HasSubstr;

constexpr auto zip_url = "https://proxy.test/golang.org/toolchain/@v/v0.0.1-go1.26.8.linux-amd64.zip";

struct StoreSetting {
  explicit StoreSetting(const std::map<std::string, std::string>& files = test::small_toolchain()) {
    zip = test::make_module_zip(toolchain_module, locked.id.module_version(), files);
    locked.hash = test::hash_of_zip(zip, toolchain_module, locked.id.module_version());
    web.files[zip_url] = zip;
  }
  ToolchainStore store() {
    return ToolchainStore({place / "cache", place / "modules", &proxy}, 2, reporter, {});
  }
  // Everything in the cache that is no lock.
  std::vector<std::string> kept() const {
    std::vector<std::string> names;
    for (const auto& item : fs::directory_iterator(place / "cache/toolchains"))
      if (!item.path().filename().native().starts_with(".lock-")) names.push_back(item.path().filename());
    return names;
  }

  test::WorkPlace place;
  test::MemoryWeb web;
  ModuleProxy proxy{web, parse_proxy_list("https://proxy.test")};
  SilentReporter reporter;
  LockedToolchain locked{ToolchainId::parse("v0.0.1-go1.26.8.linux-amd64").value(), {}, {}};
  std::string zip;
};

unsigned mode_of(const fs::path& path) {
  return static_cast<unsigned>(fs::status(path).permissions());
}

TEST(ToolchainStore, UnpacksAsGoDoes) {
  StoreSetting setting;
  EXPECT_FALSE(setting.store().find(setting.locked));
  const auto toolchain = setting.store().provide(setting.locked);
  EXPECT_EQ(toolchain.zip_size, setting.zip.size());
  for (const auto& [name, text] : test::small_toolchain())
    EXPECT_EQ(read_file(toolchain.goroot / name, 4U << 20U), text) << name;
  EXPECT_EQ(read_file(toolchain.goroot / "src/go.mod", 100), "module std\n");
  EXPECT_EQ(read_file(toolchain.goroot / "src/cmd/go.mod", 100), "module cmd\n");
  for (const auto* name : {"bin/go", "bin/gofmt", "pkg/tool/linux_amd64/compile", "lib/wasm/go_js_wasm_exec",
                           "src", "", "pkg/tool"})
    EXPECT_EQ(mode_of(toolchain.goroot / name), 0555U) << name;
  for (const auto* name :
       {"VERSION", "src/go.mod", "src/_go.mod", "lib/time/update.bash", "pkg/include/funcdata.h"})
    EXPECT_EQ(mode_of(toolchain.goroot / name), 0444U) << name;
}

// A web that looks around when nothing of its file is left but the end.
class LookingWeb final : public registry::Web {
 public:
  LookingWeb(std::string text, std::function<void()> look) : text_(std::move(text)), look_(std::move(look)) {}
  std::unique_ptr<ByteSource> open(const std::string&, const registry::WebFile&) override {
    return std::make_unique<Source>(*this);
  }
  std::optional<std::uint64_t> size(const std::string&, const registry::WebFile&) override {
    return text_.size();
  }

 private:
  class Source final : public ByteSource {
   public:
    explicit Source(const LookingWeb& web) : web_(web), rest_(web.text_) {}
    std::size_t read(MutableBytes buffer) override {
      if (rest_.size() == end_size) web_.look_();
      const auto ahead = rest_.size() > end_size ? rest_.size() - end_size : rest_.size();
      const auto count = std::min({buffer.size(), ahead, std::size_t{1000}});
      std::copy_n(as_bytes(rest_).begin(), count, buffer.begin());
      rest_.remove_prefix(count);
      return count;
    }

   private:
    static constexpr std::size_t end_size = 22;  // of the record behind a zip's directory
    const LookingWeb& web_;
    std::string_view rest_;
  };
  std::string text_;
  std::function<void()> look_;
};

TEST(ToolchainStore, UnpacksWhatArrivesAndBelievesNothingBeforeTheEnd) {
  StoreSetting setting;
  std::set<std::string> found;
  LookingWeb web(setting.zip, [&] {
    EXPECT_FALSE(setting.store().find(setting.locked));
    for (const auto& item : fs::recursive_directory_iterator(setting.place / "cache/toolchains"))
      found.insert(item.path().filename());
  });
  ModuleProxy proxy(web, parse_proxy_list("https://proxy.test"));
  ToolchainStore store({setting.place / "cache", {}, &proxy}, 2, setting.reporter, {});
  EXPECT_EQ(read_file(store.provide(setting.locked).goroot / "bin/gofmt", 100), "gofmt");
  EXPECT_THAT(found, testing::IsSupersetOf({"gofmt", "print.go"}));
  EXPECT_THAT(found, testing::Not(testing::Contains("sealed")));
  EXPECT_EQ(setting.kept().size(), 1U);
}

TEST(ToolchainStore, FindsWhatIsThereWithoutAsking) {
  StoreSetting setting;
  const auto toolchain = setting.store().provide(setting.locked);
  const auto asked = setting.web.asked().size();
  EXPECT_EQ(setting.store().find(setting.locked)->goroot, toolchain.goroot);
  EXPECT_EQ(setting.store().provide(setting.locked).zip_size, setting.zip.size());
  EXPECT_EQ(setting.web.asked().size(), asked);
  auto other = setting.locked;
  other.hash = "h1:" + std::string(43, 'A') + "=";
  EXPECT_FALSE(setting.store().find(other));
  other.hash = "h1:../../x";
  EXPECT_THAT(failure([&] { setting.store().find(other); }), testing::StartsWith("spec: "));
}

TEST(ToolchainStore, WhatIsNotSealedIsNotThere) {
  StoreSetting setting;
  const auto toolchain = setting.store().provide(setting.locked);
  const auto seal = toolchain.goroot.parent_path() / "sealed";
  fs::remove(seal);
  EXPECT_FALSE(setting.store().find(setting.locked));
  setting.store().provide(setting.locked);
  EXPECT_TRUE(setting.store().find(setting.locked));
  write_file(seal, "h1:", AtomicFile::Durability::content);
  EXPECT_FALSE(setting.store().find(setting.locked));
}

TEST(ToolchainStore, Hostile263_AnotherHashLeavesNothing) {
  StoreSetting setting;
  auto files = test::small_toolchain();
  files["bin/go"] += "evil";
  setting.web.files[zip_url] =
      test::make_module_zip(toolchain_module, setting.locked.id.module_version(), files);
  const auto text = failure([&] { setting.store().provide(setting.locked); });
  EXPECT_THAT(text,
              testing::StartsWith(
                  "integrity: providing the Go toolchain go1.26.8 (linux/amd64): its zip has the hash h1:"));
  EXPECT_THAT(text, HasSubstr(setting.locked.hash));
  EXPECT_TRUE(setting.kept().empty());
  // The next one with the right zip is not hindered.
  setting.web.files[zip_url] = setting.zip;
  EXPECT_TRUE(fs::exists(setting.store().provide(setting.locked).go()));
}

TEST(ToolchainStore, Hostile263_BrokenZipsLeaveNothing) {
  StoreSetting setting;
  const auto refusal = [&](std::string zip) {
    setting.web.files[zip_url] = std::move(zip);
    const auto text = failure([&] { setting.store().provide(setting.locked); });
    EXPECT_TRUE(setting.kept().empty()) << text;
    return text;
  };
  EXPECT_THAT(refusal(setting.zip.substr(0, setting.zip.size() / 2)), testing::StartsWith("integrity: "));
  EXPECT_THAT(refusal(test::make_module_zip(toolchain_module, "v0.0.1-go1.26.8.linux-arm64",
                                            test::small_toolchain())),
              HasSubstr("is not below golang.org/toolchain@v0.0.1-go1.26.8.linux-amd64/"));
  EXPECT_THAT(refusal(test::make_zip({{"golang.org/toolchain@v0.0.1-go1.26.8.linux-amd64/../x", "x"}})),
              testing::StartsWith("integrity: "));
  setting.locked.zip_size = 17;
  EXPECT_THAT(refusal(setting.zip), HasSubstr("has another size"));
}

// What is laid in the way, where the archive is to be unpacked, is not followed.
TEST(ToolchainStore, Hostile263_PlantedLinks) {
  StoreSetting setting;
  const auto outside = setting.place / "outside";
  make_directories(outside);
  const auto root = setting.place / "root";
  make_directories(root);
  const ModuleZip zip(test::open_bytes(setting.zip), toolchain_module, setting.locked.id.module_version());
  fs::create_symlink(outside, root / "bin");
  EXPECT_THAT(failure([&] { unpack_toolchain(zip, root, 2, {}); }), testing::StartsWith("io: "));
  fs::remove(root / "bin");
  for (const auto& item : fs::directory_iterator(root)) remove_sealed(item.path());
  fs::create_symlink(outside / "file", root / "VERSION");
  EXPECT_THAT(failure([&] { unpack_toolchain(zip, root, 2, {}); }), testing::StartsWith("io: creating "));
  EXPECT_TRUE(fs::is_empty(outside));
  // Nor is it removed through.
  fs::create_symlink(outside, root / "link");
  write_file(outside / "kept", "x", AtomicFile::Durability::content);
  remove_sealed(root);
  EXPECT_TRUE(fs::exists(outside / "kept"));
  EXPECT_FALSE(fs::exists(root));
}

TEST(ToolchainStore, TakesAZipThatGoFetched) {
  StoreSetting setting;
  setting.web.files.clear();
  const auto name = "modules/cache/download/golang.org/toolchain/@v/v0.0.1-go1.26.8.linux-amd64.zip";
  setting.place.write(name, setting.zip);
  EXPECT_TRUE(fs::exists(setting.store().provide(setting.locked).go()));
  EXPECT_TRUE(setting.web.asked().empty());
}

TEST(ToolchainStore, AWrongZipThatGoFetchedIsPassedOver) {
  StoreSetting setting;
  const auto name = "modules/cache/download/golang.org/toolchain/@v/v0.0.1-go1.26.8.linux-amd64.zip";
  setting.place.write(name, test::make_module_zip(toolchain_module, setting.locked.id.module_version(),
                                                  {{"bin/go", "evil"}}));
  const auto toolchain = setting.store().provide(setting.locked);
  EXPECT_EQ(read_file(toolchain.go(), 100), "#!/bin/sh\necho go\n");
}

TEST(ToolchainStore, SaysWhatIsMissing) {
  StoreSetting setting;
  setting.web.files.clear();
  EXPECT_THAT(failure([&] { setting.store().provide(setting.locked); }),
              HasSubstr("no module proxy has it; asked: https://proxy.test"));
  ToolchainStore offline({setting.place / "cache", {}, nullptr}, 2, setting.reporter, {});
  EXPECT_THAT(failure([&] { offline.provide(setting.locked); }), HasSubstr("not-found: "));
}

TEST(ToolchainStore, ClearsAwayWhatAKilledProcessLeft) {
  StoreSetting setting;
  setting.store().provide(setting.locked);
  const auto done = setting.kept().at(0);
  const auto left = setting.place / "cache/toolchains" / (".work-" + done) / "unpacked/go/bin";
  make_directories(left);
  fs::permissions(left, fs::perms(0555));
  fs::remove(setting.place / "cache/toolchains" / done / "sealed");
  setting.store().provide(setting.locked);
  EXPECT_EQ(setting.kept(), std::vector<std::string>{done});
}

TEST(ToolchainStore, Hostile207_Hostile263_SeveralAtOnceFetchItOnce) {
  StoreSetting setting;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] { EXPECT_TRUE(fs::exists(setting.store().provide(setting.locked).go())); });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(setting.web.asked().size(), 1U);
  EXPECT_EQ(setting.kept().size(), 1U);
}

TEST(ToolchainStore, StopsWhenAsked) {
  StoreSetting setting;
  std::stop_source stop;
  stop.request_stop();
  ToolchainStore store({setting.place / "cache", {}, &setting.proxy}, 2, setting.reporter, stop.get_token());
  EXPECT_THAT(failure([&] { store.provide(setting.locked); }), HasSubstr("interrupted"));
  EXPECT_TRUE(setting.kept().empty());
}

}  // namespace
}  // namespace whittle::toolchains
