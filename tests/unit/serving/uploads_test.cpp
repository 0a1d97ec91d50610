#include "serving/uploads.hpp"

#include <gmock/gmock.h>

#include "common/error.hpp"

namespace whittle::serving {
namespace {

namespace fs = std::filesystem;

class UploadsTest : public testing::Test {
 protected:
  TemporaryFolder folder_{fs::temp_directory_path()};
};

TEST_F(UploadsTest, PiecesBecomeOneFile) {
  Uploads uploads(folder_.path());
  const auto name = uploads.begin()->name();
  for (const auto* piece : {"one ", "", "two"}) {
    TextSource body(piece);
    uploads.hold(name)->append(body);
  }
  const auto upload = uploads.hold(name);
  EXPECT_EQ(upload->size(), 7U);
  EXPECT_EQ(read_all(*upload->open(), 100, "it"), "one two");
  EXPECT_TRUE(fs::is_empty(folder_.path()));
}

TEST_F(UploadsTest, OneRequestAtATime) {
  Uploads uploads(folder_.path());
  auto first = uploads.begin();
  const auto name = first->name();
  EXPECT_FALSE(uploads.hold(name));
  first.reset();
  auto second = uploads.hold(name);
  ASSERT_TRUE(second);
  uploads.drop(std::move(second));
  EXPECT_FALSE(uploads.hold(name));
}

TEST_F(UploadsTest, AreBoundedAndThoseThatAreIdleMakeRoom) {
  Uploads uploads(folder_.path(), {2, std::chrono::seconds(0)});
  auto held = uploads.begin();
  auto other = uploads.begin();
  EXPECT_FALSE(uploads.begin());
  const auto name = other->name();
  other.reset();
  EXPECT_TRUE(uploads.begin());
  EXPECT_FALSE(uploads.hold(name));
  EXPECT_EQ(held->size(), 0U);
}

// What a client gave before it went away need not be sent again.
TEST_F(UploadsTest, ABodyThatFailsLeavesWhatCameBefore) {
  struct Cut final : ByteSource {
    std::size_t read(MutableBytes buffer) override {
      if (given) throw Error(ErrorKind::network, "the client has gone");
      given = true;
      buffer[0] = std::byte{'x'};
      return 1;
    }
    bool given = false;
  } body;
  Uploads uploads(folder_.path());
  const auto upload = uploads.begin();
  EXPECT_THROW(upload->append(body), Error);
  EXPECT_EQ(upload->size(), 1U);
}

}  // namespace
}  // namespace whittle::serving
