#include "builder/cpu_profile.hpp"

#include <gmock/gmock.h>

#include <vector>

#include "layers/compression.hpp"
#include "tests/support/failure.hpp"

namespace whittle::builder {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string varint(std::uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7U) bytes += static_cast<char>(0x80U | (value & 0x7fU));
  return bytes + static_cast<char>(value);
}
std::string number(unsigned field, std::uint64_t value) {
  return varint(field << 3U) + varint(value);
}
std::string text(unsigned field, const std::string& bytes) {
  return varint(field << 3U | 2U) + varint(bytes.size()) + bytes;
}

// A profile as Go writes it: what is sampled first, the texts last.
class ProfileMaker {
 public:
  explicit ProfileMaker(std::vector<std::string> types = {"samples", "cpu"}) {
    for (const auto& type : types) head_ += text(1, number(1, string(type)));
  }
  // A place in the code: its function, within which others are inlined; the innermost first.
  std::uint64_t location(const std::vector<std::string>& functions) {
    std::string lines;
    for (const auto& name : functions) {
      ++functions_;
      tables_ += text(5, number(1, functions_) + number(2, string(name)));
      lines += text(4, number(1, functions_) + number(2, 17));
    }
    ++locations_;
    tables_ += text(4, number(1, locations_) + number(3, 0x401000) + lines);
    return locations_;
  }
  // `stack` begins with the code that ran.
  void sample(const std::vector<std::uint64_t>& stack, std::uint64_t time) {
    std::string places;
    for (const auto location : stack) places += varint(location);
    samples_ += text(2, text(1, places) + text(2, varint(1) + varint(time)));
  }
  std::string bytes() const {
    std::string all = head_ + samples_ + tables_;
    for (const auto& one : strings_) all += text(6, one);
    return all + number(10, 1'000'000'000);
  }

 private:
  std::uint64_t string(const std::string& value) {
    strings_.push_back(value);
    return strings_.size() - 1;
  }
  std::vector<std::string> strings_ = {""};
  std::string head_ = {}, samples_ = {}, tables_ = {};
  std::uint64_t functions_ = 0, locations_ = 0;
};

std::set<std::string> hot(const std::string& bytes) {
  return hot_packages(std::make_unique<TextSource>(bytes), "cpu.pprof");
}
std::string failure_of(const std::string& bytes) {
  return test::failure([&] { hot(bytes); });
}

TEST(CpuProfile, NamesThePackagesThatHaveAllButAThousandthOfTheSamples) {
  ProfileMaker profile;
  const auto json = profile.location({"encoding/json.(*encodeState).marshal"});
  const auto main = profile.location({"main.main"});
  const auto rare = profile.location({"flag.Parse"});
  profile.sample({json, main}, 90'000);
  profile.sample({main}, 9'950);
  profile.sample({rare, main}, 50);
  EXPECT_THAT(hot(profile.bytes()), ElementsAre("encoding/json", "main"));
}

TEST(CpuProfile, CountsTheCodeThatRanNotItsCallers) {
  ProfileMaker profile;
  const auto worker = profile.location({"example.com/shop/fast.Sum"});
  const auto caller = profile.location({"github.com/spf13/cobra.(*Command).Execute"});
  profile.sample({worker, caller}, 1000);
  EXPECT_THAT(hot(profile.bytes()), ElementsAre("example.com/shop/fast"));
}

TEST(CpuProfile, BringsThePackagesOfCallsThatWereInlined) {
  ProfileMaker profile;
  const auto inlined = profile.location({"example.com/bits.Len", "example.com/shop/fast.Sum"});
  const auto plain = profile.location({"example.com/shop/fast.Sum"});
  const auto between = profile.location({"example.com/queue.Each", "example.com/shop/fast.Run"});
  const auto elsewhere = profile.location({"example.com/rare.Get", "example.com/cold.Run"});
  profile.sample({plain, between, elsewhere}, 10'000);
  profile.sample({inlined}, 1);
  EXPECT_THAT(hot(profile.bytes()),
              ElementsAre("example.com/bits", "example.com/queue", "example.com/shop/fast"));
}

TEST(CpuProfile, ReadsNamesOfGenericFunctionsAndEscapedPaths) {
  ProfileMaker profile;
  profile.sample({profile.location({"gopkg.in/yaml%2ev3.(*parser).peek"})}, 50);
  profile.sample({profile.location({"slices.pdqsortCmpFunc[go.shape.*example.com/a/b.T]"})}, 50);
  EXPECT_THAT(hot(profile.bytes()), ElementsAre("gopkg.in/yaml.v3", "slices"));
}

TEST(CpuProfile, MayBeCompressed) {
  ProfileMaker profile;
  profile.sample({profile.location({"sort.Sort"})}, 1);
  TextSink packed(1U << 20U, "a profile");
  const auto gzip = layers::make_compressor({}, 1, packed);
  gzip->write(as_bytes(profile.bytes()));
  gzip->finish();
  EXPECT_THAT(hot(packed.text()), ElementsAre("sort"));
}

TEST(CpuProfile, OfSomethingElseThanTimeIsRefused) {
  ProfileMaker heap({"alloc_objects", "inuse_space"});
  heap.sample({heap.location({"main.main"})}, 4096);
  EXPECT_THAT(failure_of(heap.bytes()),
              HasSubstr("unsupported: cpu.pprof is no profile of CPU time: it counts \"alloc_objects\""));
  EXPECT_THAT(failure_of(""), HasSubstr("it counts nothing"));
  EXPECT_THAT(failure_of(ProfileMaker().bytes()), HasSubstr("unsupported: cpu.pprof has no samples"));
}

TEST(CpuProfile, ThatIsCutOrNoneIsRefused) {
  ProfileMaker profile;
  profile.sample({profile.location({"sort.Sort"})}, 1);
  const auto whole = profile.bytes();
  EXPECT_THAT(failure_of(whole.substr(0, whole.size() - 1)),
              HasSubstr("integrity: cpu.pprof is cut or broken"));
  EXPECT_THAT(failure_of("goroutine 1 [running]:\n"), HasSubstr("integrity: cpu.pprof is cut or broken"));
  EXPECT_THAT(failure_of(std::string(11, '\xff')), HasSubstr("integrity: "));
  EXPECT_THAT(failure_of(text(1, number(1, 0)) + number(6, 1)),
              HasSubstr("integrity: "));  // a text that is a number
}

TEST(CpuProfile, WithReferencesToNothingHasNoPackagesForThem) {
  ProfileMaker profile;
  profile.sample({99}, 10'000);
  profile.sample({profile.location({"sort.Sort"})}, 1);
  EXPECT_THAT(hot(profile.bytes()), ElementsAre());  // the unknown place has nearly all of the time
}

TEST(CpuProfile, IsReadUpToItsLimit) {
  std::string many;
  for (int i = 0; i < 1'000'002; ++i) many += text(6, "");
  EXPECT_THAT(failure_of(many), HasSubstr("limit: cpu.pprof has more than 1000000 entries"));
}

}  // namespace
}  // namespace whittle::builder
