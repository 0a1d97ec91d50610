#include "builder/go_build_cache.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "common/digest.hpp"
#include "common/file.hpp"
#include "tests/support/failure.hpp"

namespace whittle::builder {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

GoCacheEntry entry_for(const std::string& name, const std::string& content) {
  return {to_sha256(Digest::of("action " + name)), to_sha256(Digest::of(content)), content.size()};
}
std::unique_ptr<ByteSource> source_of(const std::string& text) {
  return std::make_unique<TextSource>(text);
}

class GoBuildCacheFolder : public testing::Test {
 protected:
  fs::path file(const Sha256& id, const char* kind) const {
    const auto hex = to_hex(id);
    return folder.path() / "gocache" / hex.substr(0, 2) / (hex + kind);
  }
  void overwrite(const fs::path& path, const std::string& text) const { std::ofstream(path) << text; }
  void put(const GoCacheEntry& entry, const std::string& content) {
    cache.put_object(entry, source_of(content));
    cache.put(entry);
  }

  TemporaryFolder folder{fs::temp_directory_path()};
  GoBuildCache cache{folder.path() / "gocache"};
  const std::string content = "!<arch>\nan archive";
  const GoCacheEntry one = entry_for("one", content);
};

TEST_F(GoBuildCacheFolder, HasWhatWasPut) {
  EXPECT_FALSE(cache.has(one));
  cache.put_object(one, source_of(content));
  EXPECT_TRUE(cache.has_object(one));
  EXPECT_FALSE(cache.has(one));
  cache.put(one);
  EXPECT_TRUE(cache.has(one));
  EXPECT_EQ(read_file(cache.object_file(one.object), 100), content);
  EXPECT_EQ(GoBuildCache::object_in(cache.object_file(one.object).native()), one.object);
  EXPECT_EQ(GoBuildCache::object_in(file(one.action, "-a").native()), std::nullopt);
  EXPECT_EQ(GoBuildCache::object_in(""), std::nullopt);
}

// cmd/go/internal/cache reads exactly this, and anything else is a miss.
TEST_F(GoBuildCacheFolder, WritesEntriesAsGoReadsThem) {
  put(one, content);
  const auto text = read_file(file(one.action, "-a"), 1000);
  EXPECT_EQ(text.size(), 175U);
  EXPECT_TRUE(text.starts_with(
      fmt::format("v1 {} {} {:>20} ", to_hex(one.action), to_hex(one.object), content.size())));
  EXPECT_EQ(text.back(), '\n');
}

TEST_F(GoBuildCacheFolder, GivesTheEntriesOfObjectsInOrder) {
  const auto two = entry_for("two", content);  // another way to the same object
  const auto other = entry_for("other", "another archive");
  for (const auto& entry : {one, two}) put(entry, content);
  put(other, "another archive");
  const auto [first, second] = std::minmax(one, two);
  EXPECT_THAT(cache.entries_of({one.object}), ElementsAre(first, second));
  EXPECT_THAT(cache.entries_of({other.object}), ElementsAre(other));
  EXPECT_THAT(cache.entries_of({}), IsEmpty());
  EXPECT_THAT(GoBuildCache(folder.path() / "absent").entries_of({one.object}), IsEmpty());
}

TEST_F(GoBuildCacheFolder, TakesNoNoticeOfEntriesThatGoWouldNotRead) {
  put(one, content);
  const auto path = file(one.action, "-a");
  const auto text = read_file(path, 1000);
  for (const auto& broken : {std::string(), text + "\n", text.substr(0, 174), "v2" + text.substr(2),
                             text.substr(0, 3) + 'x' + text.substr(4)}) {
    overwrite(path, broken);
    EXPECT_FALSE(cache.has(one)) << broken;
    EXPECT_THAT(cache.entries_of({one.object}), IsEmpty()) << broken;
  }
  overwrite(path, text);
  EXPECT_TRUE(cache.has(one));
  overwrite(cache.object_file(one.object), "short");
  EXPECT_FALSE(cache.has(one));
  EXPECT_THAT(cache.entries_of({one.object}), IsEmpty());
}

TEST_F(GoBuildCacheFolder, AnEntryUnderAnotherNameIsNone) {
  put(one, content);
  const auto two = entry_for("two", content);
  make_directories(file(two.action, "-a").parent_path());
  fs::copy_file(file(one.action, "-a"), file(two.action, "-a"));
  EXPECT_THAT(cache.entries_of({one.object}), ElementsAre(one));
  EXPECT_FALSE(cache.has(two));
}

TEST_F(GoBuildCacheFolder, ContentThatIsNotWhatItsNameSaysNeverHasItsSize) {
  auto changed = content;
  changed.back() = '!';
  EXPECT_THAT(test::failure([&] { cache.put_object(one, source_of(changed)); }), HasSubstr("integrity"));
  EXPECT_FALSE(cache.has_object(one));
  EXPECT_THAT(test::failure([&] { cache.put_object(one, source_of(content + "more")); }),
              HasSubstr("integrity"));
  EXPECT_FALSE(cache.has_object(one));
  EXPECT_THAT(test::failure([&] { cache.put_object(one, source_of("")); }), HasSubstr("integrity"));
  EXPECT_FALSE(cache.has_object(one));
  cache.put_object(one, source_of(content));
  EXPECT_TRUE(cache.has_object(one));
}

TEST_F(GoBuildCacheFolder, MendsWhatAKilledProcessLeft) {
  make_directories(cache.object_file(one.object).parent_path());
  for (const auto& left : {std::string("!<a"), content + " and more", content}) {
    overwrite(cache.object_file(one.object), left);
    cache.put_object(one, source_of(content));
    EXPECT_EQ(read_file(cache.object_file(one.object), 100), content);
  }
}

TEST_F(GoBuildCacheFolder, TakesObjectsThatAreLargerThanItsBuffer) {
  for (const std::size_t size : {stream_buffer_size - 1, stream_buffer_size, stream_buffer_size + 1,
                                 3 * stream_buffer_size, std::size_t{1}}) {
    const std::string large(size, 'x');
    const auto entry = entry_for("large", large);
    cache.put_object(entry, source_of(large));
    EXPECT_EQ(read_file(cache.object_file(entry.object), 1U << 20U), large);
  }
}

}  // namespace
}  // namespace whittle::builder
