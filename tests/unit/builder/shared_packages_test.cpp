#include "builder/shared_packages.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include "builder/go_cache_index.hpp"
#include "common/file.hpp"
#include "tests/unit/evidence/helpers.hpp"

namespace whittle::builder {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Listener final : public Reporter {
 public:
  void verbose(std::string_view line) override { add(verbose_, line); }
  void note(std::string_view line) override { add(notes_, line); }
  void warn(std::string_view line) override { add(warnings_, line); }
  std::unique_ptr<Task> start(std::string_view label, std::uint64_t) override {
    return std::make_unique<Told>(*this, std::string(label));
  }
  std::vector<std::string> take_warnings() { return std::exchange(warnings_, {}); }
  std::vector<std::string> take_verbose() { return std::exchange(verbose_, {}); }
  std::vector<std::string> take_outcomes() { return std::exchange(outcomes_, {}); }

 private:
  class Told final : public Task {
   public:
    Told(Listener& listener, std::string label) : listener_(listener), label_(std::move(label)) {}
    void advance(std::uint64_t) override {}
    void done(std::string_view outcome) override {
      listener_.add(listener_.outcomes_, label_ + ": " + std::string(outcome));
    }

   private:
    Listener& listener_;
    std::string label_;
  };
  void add(std::vector<std::string>& lines, std::string_view line) {
    const std::lock_guard lock(mutex_);
    lines.emplace_back(line);
  }
  std::mutex mutex_;
  std::vector<std::string> verbose_, notes_, warnings_, outcomes_;
};

// Two machines and a layout between them.
class TwoMachines : public testing::Test {
 protected:
  static constexpr std::size_t object_size = 3U << 20U;

  struct Object {
    std::string content;
    GoCacheEntry entry;
  };
  // Objects that no compressor makes small.
  static const std::vector<Object>& objects() {
    static const auto all = [] {
      std::vector<Object> made;
      std::mt19937_64 random;
      for (unsigned i = 0; i < 12; ++i) {
        std::string content;
        while (content.size() < object_size) {
          const auto number = random();
          content.append(reinterpret_cast<const char*>(&number), sizeof number);
        }
        const auto hash = to_sha256(Digest::of(content));
        made.push_back({std::move(content), {hash, hash, object_size}});
      }
      return made;
    }();
    return all;
  }
  static std::vector<GoCacheEntry> entries(std::size_t from, std::size_t to) {
    std::vector<GoCacheEntry> all;
    for (auto i = from; i < to; ++i) all.push_back(objects()[i].entry);
    std::sort(all.begin(), all.end());
    return all;
  }
  // As go would have, on the machine that compiles.
  void compile(std::size_t from, std::size_t to) {
    for (auto i = from; i < to; ++i) {
      here.put_object(objects()[i].entry, std::make_unique<TextSource>(objects()[i].content));
      here.put(objects()[i].entry);
    }
  }
  SharedCacheOptions options() {
    SharedCacheOptions result{registry::Place::parse("oci:" + layout.native())};
    result.write = true;
    return result;
  }
  void keep(const std::vector<GoCacheEntry>& which) { keep(which, options()); }
  void keep(const std::vector<GoCacheEntry>& which, SharedCacheOptions with) {
    SharedPlace place(std::move(with), access, listener, {});
    SharedPackages(place, listener).keep(set, which, here, folder.path(), 2, {});
  }
  void fetch() { fetch(options()); }
  void fetch(SharedCacheOptions with) {
    SharedPlace place(std::move(with), access, listener, {});
    SharedPackages(place, listener).fetch(set, there, 2, {});
  }
  bool all_there(const std::vector<GoCacheEntry>& which) const {
    return std::all_of(which.begin(), which.end(), [&](const auto& entry) { return there.has(entry); });
  }
  bool none_there(const std::vector<GoCacheEntry>& which) const {
    return std::none_of(which.begin(), which.end(), [&](const auto& entry) { return there.has(entry); });
  }
  // The largest blob of the layout: the objects.
  fs::path blob_of_objects() const {
    fs::path largest;
    for (const auto& blob : fs::directory_iterator(layout / "blobs" / "sha256"))
      if (largest.empty() || blob.file_size() > fs::file_size(largest)) largest = blob.path();
    return largest;
  }

  TemporaryFolder folder{fs::temp_directory_path()};
  const fs::path layout = folder.path() / "layout";
  Listener listener;
  registry::Access access{{folder.path() / "store"}, listener, {}};
  GoBuildCache here{folder.path() / "here"};
  GoBuildCache there{folder.path() / "there"};
  CompiledSet set{Digest::of("set"), "example.com/shop for linux/amd64"};
};

TEST_F(TwoMachines, OneHasWhatTheOtherCompiled) {
  compile(0, 4);
  keep(entries(0, 4));
  EXPECT_THAT(listener.take_outcomes(), ElementsAre("keeping compiled packages of example.com/shop for "
                                                    "linux/amd64: 12.6 MB of objects"));
  fetch();
  EXPECT_TRUE(all_there(entries(0, 4)));
  EXPECT_THAT(listener.take_outcomes(),
              ElementsAre(HasSubstr("12.6 MB of objects that need not be compiled")));
  EXPECT_THAT(listener.take_warnings(), IsEmpty());
}

TEST_F(TwoMachines, WhatIsThereIsNotFetchedAgain) {
  compile(0, 4);
  keep(entries(0, 4));
  fetch();
  listener.take_outcomes();
  fetch();
  EXPECT_THAT(listener.take_outcomes(), IsEmpty());
  EXPECT_THAT(listener.take_verbose(),
              testing::Contains(HasSubstr("12.6 MB of 12.6 MB in the shared cache are here already")));
  EXPECT_TRUE(fs::remove(there.object_file(entries(0, 1).front().object)));
  fetch();  // too little to be worth a download
  EXPECT_THAT(listener.take_outcomes(), IsEmpty());
}

TEST_F(TwoMachines, LittleIsNotKept) {
  compile(0, 2);
  keep(entries(0, 2));
  EXPECT_FALSE(fs::exists(layout));
  fetch();
  EXPECT_THAT(listener.take_warnings(), IsEmpty());
}

TEST_F(TwoMachines, WhatIsAboutTheSameIsNotSentAgain) {
  compile(0, 8);
  keep(entries(0, 7));
  listener.take_outcomes();
  keep(entries(0, 8));
  EXPECT_THAT(listener.take_outcomes(), IsEmpty());
  EXPECT_THAT(listener.take_verbose(), testing::Contains(HasSubstr("what the shared cache has will do")));
  compile(8, 12);
  keep(entries(0, 12));
  EXPECT_THAT(listener.take_outcomes(), ElementsAre(HasSubstr("of objects")));
  fetch();
  EXPECT_TRUE(all_there(entries(0, 12)));
}

TEST_F(TwoMachines, ThoseOfAnotherSetAreNotTaken) {
  compile(0, 4);
  keep(entries(0, 4));
  set.key = Digest::of("another");
  fetch();
  EXPECT_TRUE(none_there(entries(0, 4)));
  EXPECT_THAT(listener.take_warnings(), IsEmpty());
}

TEST_F(TwoMachines, ThoseThatWerePutUnderAnotherKeyAreNamed) {
  compile(0, 4);
  keep(entries(0, 4));
  const auto index = layout / "index.json";
  auto text = read_file(index, 1U << 20U);
  const auto tag = std::string(set.key.hex());
  set.key = Digest::of("another");
  text.replace(text.find(tag), tag.size(), set.key.hex());
  std::ofstream(index) << text;
  fetch();
  EXPECT_TRUE(none_there(entries(0, 4)));
  EXPECT_THAT(listener.take_warnings(), ElementsAre(HasSubstr("they were made for something else")));
}

TEST_F(TwoMachines, DamagedObjectsAreNotTaken) {
  compile(0, 4);
  keep(entries(0, 4));
  std::fstream file(blob_of_objects(), std::ios::in | std::ios::out);
  file.seekp(static_cast<std::streamoff>(object_size * 5 / 2));
  file.write("damage", 6);
  file.close();
  fetch();
  EXPECT_FALSE(all_there(entries(0, 4)));
  for (const auto& entry : entries(0, 4)) {
    if (!there.has(entry)) continue;
    const auto content = read_file(there.object_file(entry.object), object_size);
    EXPECT_EQ(Digest::of(content), to_digest(entry.object));
  }
  EXPECT_THAT(listener.take_warnings(), ElementsAre(HasSubstr("what the shared cache has is not used")));
}

TEST_F(TwoMachines, ObjectsThatAreGoneAreNamed) {
  compile(0, 4);
  keep(entries(0, 4));
  fs::remove(blob_of_objects());
  fetch();
  EXPECT_TRUE(none_there(entries(0, 4)));
  EXPECT_THAT(listener.take_warnings(), ElementsAre(HasSubstr("compiled packages of example.com/shop")));
}

TEST_F(TwoMachines, AnObjectThatChangedInGosCacheIsNotKept) {
  compile(0, 4);
  std::ofstream(here.object_file(entries(1, 2).front().object)) << std::string(object_size, 'x');
  keep(entries(0, 4));
  EXPECT_THAT(listener.take_warnings(), ElementsAre(HasSubstr("keeping compiled packages")));
  fetch();
  EXPECT_TRUE(none_there(entries(0, 4)));
}

TEST_F(TwoMachines, OnlyWhatIsSignedCountsWhereThatIsAsked) {
  compile(0, 4);
  auto key = test::private_key();
  auto asking = options();
  asking.trust = test::public_key();
  keep(entries(0, 4));
  fetch(asking);
  EXPECT_TRUE(none_there(entries(0, 4)));
  EXPECT_THAT(listener.take_warnings(), ElementsAre(HasSubstr("it is not signed")));
  auto signing = asking;
  signing.signer = &key;
  keep(entries(0, 4), signing);
  listener.take_warnings();
  fetch(asking);
  EXPECT_TRUE(all_there(entries(0, 4)));
  EXPECT_THAT(listener.take_warnings(), IsEmpty());
}

TEST_F(TwoMachines, NothingIsWrittenByWhoOnlyReads) {
  compile(0, 4);
  auto reading = options();
  reading.write = false;
  keep(entries(0, 4), reading);
  EXPECT_FALSE(fs::exists(layout));
}

TEST(SharedPackages, AreReplacedByThoseThatHaveMore) {
  const auto entry = [](unsigned number) {
    return GoCacheEntry{to_sha256(Digest::of(std::to_string(number))),
                        to_sha256(Digest::of(std::to_string(number))), 1000};
  };
  const auto range = [&](unsigned from, unsigned to) {
    std::vector<GoCacheEntry> all;
    for (auto i = from; i < to; ++i) all.push_back(entry(i));
    return all;
  };
  EXPECT_TRUE(should_replace(range(0, 100), {}));
  EXPECT_FALSE(should_replace(range(0, 100), range(0, 100)));
  EXPECT_FALSE(should_replace(range(0, 100), range(0, 80)));
  EXPECT_TRUE(should_replace(range(0, 100), range(0, 70)));
  EXPECT_FALSE(should_replace(range(0, 10), range(0, 100)));     // a program of many
  EXPECT_FALSE(should_replace(range(200, 220), range(0, 100)));  // another program of many
  EXPECT_TRUE(should_replace(range(200, 300), range(0, 100)));
}

TEST(SharedPackages, AreWorthAnyDownloadThatIsQuickerThanCompiling) {
  // 140 MB of objects take two processors 23 seconds: 35 MB have to come in that time.
  EXPECT_NEAR(least_rate(35'000'000, 140'000'000, 2), 1.5e6, 1e5);
  EXPECT_NEAR(least_rate(35'000'000, 140'000'000, 16), 12e6, 1e5);
  EXPECT_NEAR(least_rate(35'000'000, 14'000'000, 2), 15e6, 1e5);  // the most of them is here
}

}  // namespace
}  // namespace whittle::builder
