#include "common/bytes.hpp"

#include <gtest/gtest.h>

#include "tests/support/failure.hpp"

namespace whittle {
namespace {

TEST(Bytes, PumpCopiesEverything) {
  const std::string text(3 * stream_buffer_size + 17, 'x');
  TextSource source(text);
  TextSink sink(text.size(), "the text");
  EXPECT_EQ(pump(source, sink), text.size());
  EXPECT_EQ(sink.text(), text);
  std::byte one{};
  EXPECT_EQ(source.read(MutableBytes(&one, 1)), 0U);
}

TEST(Bytes, ASinkHasItsLimit) {
  TextSource source("12345");
  EXPECT_EQ(test::failure([&] { read_all(source, 4, "the answer"); }),
            "limit: the answer is larger than the limit of 4 bytes");
}

TEST(Bytes, CountingSinkCounts) {
  CountingSink sink;
  sink.write(as_bytes("abc"));
  sink.write(as_bytes("de"));
  EXPECT_EQ(sink.count(), 5U);
}

}  // namespace
}  // namespace whittle
