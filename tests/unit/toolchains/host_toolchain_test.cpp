#include "toolchains/host_toolchain.hpp"

#include "tests/unit/toolchains/helpers.hpp"

namespace whittle::toolchains {
namespace {

namespace fs = std::filesystem;

// An installed Go that is the small toolchain, with what its module leaves out.
struct Installed {
  Installed() {
    for (const auto& [name, text] : test::small_toolchain()) {
      auto path = name;
      if (const auto found = path.find("_go.mod"); found != std::string::npos) path.erase(found, 1);
      place.write("go/" + path, text);
    }
    place.write("go/test/x.go", "left out");
    place.write("go/doc/x.html", "left out");
    const auto zip = test::make_module_zip(toolchain_module, id.module_version(), test::small_toolchain());
    hash = test::hash_of_zip(zip, toolchain_module, id.module_version());
  }
  bool matches() const { return host_toolchain_matches(place / "go", id, hash, 2, {}); }

  ToolchainId id = ToolchainId::parse("v0.0.1-go1.26.8.linux-amd64").value();
  test::WorkPlace place;
  std::string hash;
};

TEST(HostToolchain, MatchesFileByFile) {
  Installed go;
  EXPECT_TRUE(go.matches());
  fs::create_symlink(go.place / "go", go.place / "link");
  EXPECT_TRUE(host_toolchain_matches(go.place / "link", go.id, go.hash, 2, {}));
  go.place.write("go/src/_go.mod", "module std\n");  // as go unpacks it
  EXPECT_TRUE(go.matches());
  go.place.write("go/src/_go.mod", "module other\n");
  EXPECT_FALSE(go.matches());
}

TEST(HostToolchain, OneFileMoreLessOrOtherIsNoMatch) {
  {
    Installed go;
    go.place.write("go/src/fmt/extra.go", "package fmt\n");
    EXPECT_FALSE(go.matches());
  }
  {
    Installed go;
    fs::remove(go.place / "go/lib/time/update.bash");
    EXPECT_FALSE(go.matches());
  }
  {
    Installed go;
    go.place.write("go/bin/go", "other");
    EXPECT_FALSE(go.matches());
  }
  {
    Installed go;
    fs::rename(go.place / "go/bin/go", go.place / "moved");
    fs::create_symlink(go.place / "moved", go.place / "go/bin/go");
    EXPECT_FALSE(go.matches());
  }
}

TEST(HostToolchain, Hostile28_TheDefaultsOfGoEnvCount) {
  Installed go;
  go.place.write("go/go.env",
                 "# defaults\nGOTOOLCHAIN=local\n");  // as distributions set it, and whittle sets it itself
  EXPECT_TRUE(go.matches());
  go.place.write("go/go.env", "# defaults\nGOTOOLCHAIN=auto\nGOFLAGS=-x\n");
  EXPECT_FALSE(go.matches());
}

TEST(HostToolchain, AnotherVersionOrNoneIsNoMatch) {
  Installed go;
  EXPECT_FALSE(host_toolchain_matches(go.place / "none", go.id, go.hash, 2, {}));
  EXPECT_FALSE(host_toolchain_matches(
      go.place / "go", ToolchainId::parse("v0.0.1-go1.26.7.linux-amd64").value(), go.hash, 2, {}));
  EXPECT_FALSE(host_toolchain_matches(
      go.place / "go", ToolchainId::parse("v0.0.1-go1.26.8.linux-arm64").value(), go.hash, 2, {}));
}

}  // namespace
}  // namespace whittle::toolchains
