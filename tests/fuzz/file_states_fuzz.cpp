// The body of a file of states, under a seal that fits: what it holds never changes the digest of a file.
#include "builder/file_states.hpp"
#include "builder/sealed.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace whittle::fuzz {
namespace {

class WatchedFile {
 public:
  WatchedFile() {
    write_file(watched(), "content", AtomicFile::Durability::content);
    builder::FileStates states(file());
    states.file(watched());
    states.save();
    const auto text = read_file(file(), 1U << 20U);
    header_ = text.substr(0, text.find('\n'));
  }
  std::filesystem::path file() const { return folder_.path() / "states"; }
  std::string watched() const { return (folder_.path() / "watched").native(); }
  void write_body(std::string_view body) const {
    write_file(file(), builder::sealed(header_, body), AtomicFile::Durability::content);
  }

 private:
  TemporaryFolder folder_{std::filesystem::temp_directory_path()};
  std::string header_;
};

}  // namespace

void file_states_input(std::string_view input) {
  static const WatchedFile setting;
  setting.write_body(input);
  builder::FileStates states(setting.file());
  require(states.file(setting.watched()) == Digest::of("content"), "a digest is that of the content");
  states.save();
  builder::FileStates again(setting.file());
  require(again.file(setting.watched()) == Digest::of("content"),
          "a remembered digest is that of the content");
}

}  // namespace whittle::fuzz
