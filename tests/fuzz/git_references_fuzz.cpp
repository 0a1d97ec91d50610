// The references of a repository: HEAD on the first line, then packed-refs.
#include "builder/git_references.hpp"

#include "tests/fuzz/fuzz.hpp"

namespace whittle::fuzz {
namespace {

// A folder of git's with a loose branch and nothing else but what is set.
class Repository {
 public:
  Repository() {
    make_directories(path() / "refs" / "heads");
    write("refs/heads/main", "0123456789012345678901234567890123456789\n");
  }
  const std::filesystem::path& path() const { return folder_.path(); }
  void write(const char* name, std::string_view text) const {
    write_file(path() / name, text, AtomicFile::Durability::content);
  }

 private:
  TemporaryFolder folder_{std::filesystem::temp_directory_path()};
};

}  // namespace

void git_references_input(std::string_view input) {
  static const Repository repository;
  repository.write("HEAD", take_line(input));
  repository.write("packed-refs", input);
  const auto head = builder::read_head(repository.path(), repository.path());
  require(!head || builder::is_object_id(*head), "HEAD names an object");
  for (const auto& [name, tag] : builder::read_tags(repository.path())) {
    require(builder::is_reference_name("refs/tags/" + name), "a tag has a name that git takes");
    require(builder::is_object_id(tag.id), "a tag names an object");
    require(!tag.commit || builder::is_object_id(*tag.commit), "a tag names a commit");
  }
}

}  // namespace whittle::fuzz
