#include "tests/support/module_zip_maker.hpp"

#include <zlib.h>

#include <stdexcept>

namespace whittle::test {
namespace {

class Fields {
 public:
  Fields& u16(std::uint64_t value) { return number(value, 2); }
  Fields& u32(std::uint64_t value) { return number(value, 4); }
  Fields& u64(std::uint64_t value) { return number(value, 8); }
  Fields& text(std::string_view value) {
    text_ += value;
    return *this;
  }
  const std::string& str() const { return text_; }

 private:
  Fields& number(std::uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) text_ += static_cast<char>(value >> (8 * i) & 0xff);
    return *this;
  }
  std::string text_;
};

std::string deflated(const std::string& content) {
  z_stream stream{};
  if (deflateInit2(&stream, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::runtime_error("zlib does not start");
  std::string packed(deflateBound(&stream, content.size()), '\0');
  std::string input = content;
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

std::uint32_t crc_of(const std::string& content) {
  return static_cast<std::uint32_t>(
      crc32(0, reinterpret_cast<const Bytef*>(content.data()), static_cast<uInt>(content.size())));
}

constexpr std::uint32_t time_stamp = 0x5a218000;

}  // namespace

std::string make_zip(const std::vector<ZipItem>& items, const ZipShape& shape) {
  std::string zip = shape.front;
  std::string directory;
  std::uint64_t count = 0;
  for (const auto& item : items) {
    const auto packed = item.deflated ? deflated(item.content) : item.content;
    const auto crc = item.crc.value_or(crc_of(item.content));
    const auto size = item.size.value_or(static_cast<std::uint32_t>(item.content.size()));
    const auto packed_size = item.packed_size.value_or(static_cast<std::uint32_t>(packed.size()));
    const auto flags = item.flags | (item.descriptor ? 8U : 0U);
    const std::uint16_t method = item.method.value_or(item.deflated ? 8 : 0);
    const auto offset = item.offset.value_or(static_cast<std::uint32_t>(zip.size()));
    const auto& local_name = item.local_name ? *item.local_name : item.name;
    Fields local;
    local.u32(0x04034b50).u16(20).u16(flags).u16(item.local_method.value_or(method)).u32(time_stamp);
    local.u32(item.descriptor ? 0 : crc).u32(item.descriptor ? 0 : packed_size);
    local.u32(item.local_size.value_or(item.descriptor ? 0 : size))
        .u16(local_name.size())
        .u16(0)
        .text(local_name)
        .text(packed);
    if (item.descriptor && item.descriptor_signature) local.u32(0x08074b50);
    if (item.descriptor) local.u32(item.descriptor_crc.value_or(crc)).u32(packed_size).u32(size);
    zip += local.str() + item.behind;
    if (item.hidden) continue;
    Fields entry;
    entry.u32(0x02014b50).u16(item.made_by | 20U).u16(20).u16(flags).u16(method).u32(time_stamp).u32(crc);
    entry.u32(packed_size)
        .u32(size)
        .u16(item.name.size())
        .u16(0)
        .u16(0)
        .u16(0)
        .u16(0)
        .u32(item.attributes)
        .u32(offset);
    directory += entry.text(item.name).str();
    ++count;
  }
  zip += shape.middle;
  const auto start = zip.size();
  zip += directory;
  if (shape.wide) {
    const auto place = zip.size();
    zip += Fields()
               .u32(0x06064b50)
               .u64(44)
               .u16(45)
               .u16(45)
               .u32(0)
               .u32(0)
               .u64(count)
               .u64(count)
               .u64(directory.size())
               .u64(start)
               .str();
    zip += Fields().u32(0x07064b50).u32(0).u64(place).u32(1).str();
  }
  const auto stated =
      shape.entries.value_or(shape.wide ? std::uint16_t{0xffff} : static_cast<std::uint16_t>(count));
  Fields end;
  end.u32(0x06054b50).u16(shape.disk).u16(shape.disk).u16(stated).u16(stated);
  end.u32(shape.wide ? 0xffffffff : directory.size()).u32(shape.wide ? 0xffffffff : start);
  end.u16(shape.comment.size()).text(shape.comment);
  return zip + end.str() + shape.end;
}

std::string make_module_zip(std::string_view module, std::string_view version,
                            const std::map<std::string, std::string>& files) {
  std::vector<ZipItem> items;
  for (const auto& [name, content] : files)
    items.push_back({std::string(module) + '@' + std::string(version) + '/' + name, content});
  return make_zip(items);
}

}  // namespace whittle::test
