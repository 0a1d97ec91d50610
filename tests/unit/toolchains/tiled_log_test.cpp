#include "toolchains/tiled_log.hpp"

#include "tests/support/fake_checksum_database.hpp"
#include "tests/unit/toolchains/helpers.hpp"
#include "toolchains/checksum_database.hpp"

namespace whittle::toolchains {
namespace {

using test::failure;
using test::FakeChecksumDatabase;

struct Served {
  explicit Served(std::uint64_t size) {
    database.grow_to(size);
    files = database.files("");
    const auto key = VerifierKey::parse(database.verifier_key()).value();
    head = parse_tree_head(open_note(database.signed_head(), key));
  }
  TiledLog log() {
    return TiledLog(head, [this](const Tile& tile) { return files["/" + tile.path()]; });
  }
  Sha256 hash_at(std::uint64_t size) const {
    const auto key = VerifierKey::parse(database.verifier_key()).value();
    return parse_tree_head(open_note(database.signed_head(size), key)).hash;
  }

  FakeChecksumDatabase database{"sum.test"};
  std::map<std::string, std::string> files;
  TreeHead head;
};

TEST(TiledLog, PathsAreThoseOfTheProtocol) {
  EXPECT_EQ((Tile{0, 0}).path(), "tile/8/0/000");
  EXPECT_EQ((Tile{0, 1234067}).path(), "tile/8/0/x001/x234/067");
  EXPECT_EQ((Tile{1, 5, 14}).path(), "tile/8/1/005.p/14");
}

TEST(TiledLog, HasTheHashesOfTheSpecification) {
  for (const std::uint64_t size : {0U, 1U, 2U, 3U, 255U, 256U, 257U, 511U, 512U, 700U, 65800U}) {
    Served served(size);
    auto log = served.log();
    for (const std::uint64_t older : {std::uint64_t{0}, size / 3, size - size / 7, size})
      EXPECT_EQ(log.hash_at(older), served.hash_at(older)) << older << " of " << size;
    if (size == 0) continue;
    EXPECT_EQ(log.record(size - 1),
              record_hash("example.com/m" + std::to_string(size - 1) + " v1.0.0 h1:none\n"));
    EXPECT_EQ(log.record(size / 2),
              record_hash("example.com/m" + std::to_string(size / 2) + " v1.0.0 h1:none\n"));
  }
}

TEST(TiledLog, BelievesNoTileThatContradictsTheTree) {
  Served served(700);
  for (auto& [url, bytes] : served.files) {
    if (url.find("/tile/") == std::string::npos || bytes.empty()) continue;
    const auto kept = bytes;
    for (const auto& changed : {std::string(), kept.substr(32), kept + kept, std::string(kept.size(), 'x')}) {
      bytes = changed;
      const auto text = failure([&] {
        auto log = served.log();
        for (const std::uint64_t number : {3U, 300U, 699U}) log.record(number);
      });
      EXPECT_THAT(text, testing::AllOf(testing::StartsWith("unverified: "), testing::HasSubstr("contradict")))
          << url;
    }
    bytes = kept;
  }
}

}  // namespace
}  // namespace whittle::toolchains
