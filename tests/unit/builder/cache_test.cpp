#include "builder/cache.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace whittle::builder {
namespace {

namespace fs = std::filesystem;

class CacheIndex : public testing::Test {
 protected:
  static std::string read(const fs::path& file) { return read_file(file, 1U << 20U); }
  static void write(const fs::path& file, const std::string& text) { std::ofstream(file) << text; }
  fs::path entry(const Digest& of) const { return cache.folder() / "index" / "layer" / of.hex(); }

  TemporaryFolder folder{fs::temp_directory_path()};
  SilentReporter reporter;
  Cache cache{folder.path(), reporter};
  const Digest key = Digest::of("key");
};

TEST_F(CacheIndex, GivesWhatWasPut) {
  EXPECT_EQ(cache.get("layer", key), std::nullopt);
  cache.put("layer", key, "value");
  EXPECT_EQ(cache.get("layer", key), "value");
  EXPECT_EQ(cache.get("binary", key), std::nullopt);
  cache.put("layer", key, "");
  EXPECT_EQ(cache.get("layer", key), "");
}

TEST_F(CacheIndex, Hostile209_ADamagedEntryIsAMiss) {
  cache.put("layer", key, R"({"diffID":"sha256:0"})");
  const auto whole = read(entry(key));
  for (std::size_t i = 0; i < whole.size(); ++i) {
    auto damaged = whole;
    damaged[i] = static_cast<char>(damaged[i] ^ 1);
    write(entry(key), damaged);
    EXPECT_EQ(cache.get("layer", key), std::nullopt) << "bit of byte " << i;
    write(entry(key), whole.substr(0, i));
    EXPECT_EQ(cache.get("layer", key), std::nullopt) << "cut at " << i;
  }
}

TEST_F(CacheIndex, Hostile210_AnEntryOfAnotherKeyIsAMiss) {
  const Digest other = Digest::of("other");
  cache.put("layer", key, "value");
  fs::copy_file(entry(key), entry(other));
  EXPECT_EQ(cache.get("layer", other), std::nullopt);
}

}  // namespace
}  // namespace whittle::builder
