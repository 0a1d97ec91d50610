#include "layers/compression.hpp"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "common/file.hpp"
#include "common/subprocess.hpp"
#include "layers/member_compressor.hpp"
#include "tests/unit/layers/helpers.hpp"

namespace whittle::layers {
namespace {

using test::compressed;
using test::decompressed;
using test::expect_error;
using test::sample;

using Format = Compression::Format;
using Level = Compression::Level;

std::vector<Compression> every_compression() {
  std::vector<Compression> all;
  for (const Format format : {Format::none, Format::gzip, Format::zstd})
    for (const Level level : {Level::fast, Level::balanced, Level::smallest}) all.push_back({format, level});
  return all;
}

TEST(Compression, RoundTripsAtTheEdgesOfMembers) {
  const std::string text = sample((2U << 20U) + 7);
  for (const Compression& compression : every_compression())
    for (const std::size_t size :
         {0U, 1U, (128U << 10U) - 1, 128U << 10U, (128U << 10U) + 1, 1U << 20U, (2U << 20U) + 7})
      EXPECT_EQ(decompressed(compressed(compression, text.substr(0, size))), text.substr(0, size)) << size;
}

TEST(Compression, NothingIsOneEmptyMember) {
  EXPECT_EQ(compressed({Format::gzip, Level::balanced}, "").size(), 23U);
  EXPECT_EQ(compressed({Format::none, Level::balanced}, ""), "");
  EXPECT_EQ(compressed({Format::zstd, Level::balanced}, "").size(), 13U);
}

TEST(Compression, GzipHeaderSaysNothing) {
  // RFC 1952: no flags, no time, unknown system.
  for (const Level level : {Level::fast, Level::balanced, Level::smallest}) {
    const std::string bytes = compressed({Format::gzip, level}, "x");
    EXPECT_EQ(bytes.substr(0, 8), std::string("\x1f\x8b\x08\0\0\0\0\0", 8));
    EXPECT_EQ(bytes[9], '\xff');
  }
}

TEST(Compression, ThreadsAndPiecesChangeNothing) {
  const std::string text = sample(9'000'000);
  for (const Compression& compression :
       {Compression{Format::gzip, Level::fast}, Compression{Format::zstd, Level::fast}}) {
    const std::string expected = compressed(compression, text, 1);
    for (const unsigned threads : {0U, 2U, 3U, 8U, 200U})
      EXPECT_EQ(compressed(compression, text, threads), expected);
    TextSink out(test::no_limit, "output");
    const auto compressor = make_compressor(compression, 3, out);
    for (std::size_t i = 0, step = 1; i < text.size(); i += step, step = step * 3 % 70'001)
      compressor->write(as_bytes(std::string_view(text).substr(i, step)));
    compressor->finish();
    EXPECT_EQ(out.text(), expected);
  }
}

// Hostile case 102: another library, or another version of it, changes bytes only visibly. When this fails
// after an update, write the new digests here; caches and locks notice through the identity.
TEST(Compression, Hostile102_Golden) {
  const std::string text = sample(2'500'000);
  ASSERT_EQ(Digest::of(text).short_hex(), "8d9c7cf5388a");
  std::string listing;
  for (const Compression& compression : every_compression())
    listing += compression.identity() + " -> " +
               std::string(Digest::of(compressed(compression, text)).short_hex()) + '\n';
  EXPECT_EQ(listing, R"(none -> 8d9c7cf5388a
none -> 8d9c7cf5388a
none -> 8d9c7cf5388a
gzip, libdeflate 1.14 (2e016fae0a34) level 1, members of 131072 -> b1ff5a0cf2bc
gzip, libdeflate 1.14 (5fc877db0937) level 5, members of 131072 -> 515dbdd33deb
gzip, libdeflate 1.14 (b8acf5b81f4b) level 12, members of 1048576 -> b5fc74c71bb5
zstd, zstd 1.5.4 level 3, members of 1048576 -> dd203f3b76ab
zstd, zstd 1.5.4 level 6, members of 1048576 -> 4e2c72f4aaf3
zstd, zstd 1.5.4 level 19, members of 1048576 -> dc750efd120e
)");
}

TEST(Compression, IdentitiesDiffer) {
  std::set<std::string> identities;
  for (const Compression& compression : every_compression()) {
    identities.insert(compression.identity());
    EXPECT_EQ(compression.identity(), compression.identity());
  }
  EXPECT_EQ(identities.size(), 7U);  // none is the same at every level
}

TEST(Compression, Hostile93_CommandLinesReadIt) {
  const std::string text = sample(3'000'000);
  const TemporaryFolder folder(std::filesystem::temp_directory_path());
  const std::pair<Format, std::vector<std::string>> programs[] = {
      {Format::gzip, {"/usr/bin/gzip", "-dc", "file.gz"}},
      {Format::zstd, {"/usr/bin/zstd", "-dcq", "file.zst"}}};
  for (const auto& program : programs) {
    if (!std::filesystem::exists(program.second[0])) GTEST_SKIP() << "no " << program.second[0] << " here";
    for (const auto& content : {text, std::string()}) {
      write_file(folder.path() / program.second[2], compressed({program.first, Level::balanced}, content),
                 AtomicFile::Durability::content);
      Command command;
      command.argv = program.second;
      command.directory = folder.path();
      const Outcome outcome = run(command, {});
      EXPECT_TRUE(outcome.succeeded()) << outcome.errors;
      EXPECT_EQ(Digest::of(outcome.output), Digest::of(content));
    }
  }
}

class FailingSink final : public ByteSink {
 public:
  void write(Bytes) override { throw Error(ErrorKind::io, "disk full"); }
};

TEST(Compression, ErrorsOfTheSinkArePassedOn) {
  FailingSink out;
  const std::string text = sample(6'000'000);
  for (const unsigned threads : {1U, 4U})
    expect_error(ErrorKind::io, "disk full", [&] {
      const auto compressor = make_compressor({}, threads, out);
      compressor->write(as_bytes(text));
      compressor->finish();
    });
}

TEST(Compression, DestroyedInTheMiddleOfWork) {
  const std::string text = sample(6'000'000);
  for (const unsigned threads : {1U, 4U}) {
    CountingSink out;
    const auto compressor = make_compressor({Format::gzip, Level::balanced}, threads, out);
    compressor->write(as_bytes(text));
  }
}

class FailingCodec final : public MemberCodec {
 public:
  std::size_t compress(Bytes input, MutableBytes out) override {
    if (input[0] == std::byte{'!'}) throw Error(ErrorKind::machine_limit, "no memory for this member");
    std::copy(input.begin(), input.end(), out.begin());
    return input.size();
  }
};

TEST(Compression, ErrorsOfOtherThreadsAreThrownToTheCaller) {
  const MemberFormat format{1, 1, 0, [] { return std::make_unique<FailingCodec>(); },
                            [] { return std::string(); }};
  for (const unsigned threads : {1U, 2U, 8U}) {
    for (int round = 0; round < 50; ++round) {
      TextSink out(1000, "output");
      MemberCompressor compressor(format, threads, out);
      expect_error(ErrorKind::machine_limit, "no memory for this member", [&] {
        compressor.write(as_bytes(std::string(70, 'a') + "!" + std::string(100, 'b')));
        compressor.finish();
      });
      EXPECT_EQ(out.text(), std::string(70, 'a'));
    }
  }
}

// In a child that may start no thread: a limit of the user's processes, which root is exempt from.
int compress_without_threads(const std::string& text, const Digest& expected) {
  const rlimit none{0, 0};
  if (::geteuid() == 0 && ::setuid(65534) != 0) return 2;
  if (::setrlimit(RLIMIT_NPROC, &none) != 0) return 2;
  try {
    std::jthread probe([] {});
    return 2;
  } catch (const std::system_error&) {
  }
  return Digest::of(compressed({}, text, 8)) == expected ? 0 : 1;
}

TEST(Compression, Hostile229_WorksWithoutThreads) {
  const std::string text = sample(3'000'000);
  const Digest expected = Digest::of(compressed({}, text, 1));
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) ::_exit(compress_without_threads(text, expected));
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == 2) GTEST_SKIP() << "threads cannot be forbidden here";
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace whittle::layers
