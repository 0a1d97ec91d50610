// The bytes of a program of a few segments that go might have made, with build information in its data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace whittle::test {

// Writes the lowest `width` bytes of the value, the lowest first.
void put_number(std::string& bytes, std::size_t at, std::uint64_t value, std::size_t width);

// One file of 8 KiB. Nothing of it would run.
struct SmallProgram {
  static constexpr std::uint64_t address = 0x400000;  // of the file's first byte
  static constexpr std::size_t record_at = 1024;      // where the build information lies

  struct Segment {
    std::uint64_t type;
    std::uint64_t flags;
    std::uint64_t offset;
    std::uint64_t size;
  };
  std::uint64_t machine = 62;  // EM_X86_64
  std::string version = "go1.26.8";
  std::string modules = "path\texample.com/m/cmd/api\nmod\texample.com/m\t(devel)\t\n";
  std::string settings =
      "build\t-trimpath=true\nbuild\tCGO_ENABLED=0\nbuild\tGOARCH=amd64\nbuild\tGOOS=linux\n";
  std::vector<Segment> segments = {{1, 5, 0, 8192}, {1, 6, record_at, 4096}};
  std::map<std::size_t, std::string> patches = {};  // over all of it, by where they begin

  std::string bytes() const;
};

}  // namespace whittle::test
