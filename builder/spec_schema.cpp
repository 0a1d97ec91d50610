#include "builder/spec.hpp"

namespace whittle::builder {

// schema/whittle.schema.json is a copy of this, and the keys are those of the tables in spec_tables.hpp:
// tests compare them.
std::string spec_schema() {
  return R"json({
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "title": "whittle.yaml",
  "description": "What whittle builds. docs/spec.md explains each key; whittle itself checks more than a schema can say.",
  "type": "object",
  "required": ["version", "images"],
  "additionalProperties": false,
  "properties": {
    "version": {"const": 1},
    "go": {"$ref": "#/$defs/go"},
    "secrets": {"description": "What is done about files that look like secrets.", "enum": ["warn", "deny"], "default": "warn"},
    "debian": {"$ref": "#/$defs/debian"},
    "cache": {
      "description": "Where machines share what they have built: a repository.",
      "oneOf": [{"type": "string"}, {"$ref": "#/$defs/cache"}]
    },
    "images": {
      "type": "object",
      "minProperties": 1,
      "propertyNames": {"pattern": "^[a-z0-9]+([._-][a-z0-9]+)*$", "maxLength": 128},
      "additionalProperties": {"$ref": "#/$defs/image"}
    }
  },
  "$defs": {
    "go": {
      "type": "object",
      "additionalProperties": false,
      "properties": {
        "version": {"description": "The release to compile with, e.g. 1.26.8.", "type": ["string", "number"]},
        "profile": {"$ref": "#/$defs/profile"},
        "proxy": {"description": "Where modules come from, as in GOPROXY.", "type": "string"},
        "replace": {"description": "Folders outside the repository that go.mod may take modules from.", "$ref": "#/$defs/texts"},
        "sumdb": {"description": "Who vouches for modules, as in GOSUMDB.", "type": "string"}
      }
    },
    "debian": {
      "type": "object",
      "additionalProperties": false,
      "properties": {
        "archives": {"description": "The host's apt sources unless given.", "type": "array", "items": {"$ref": "#/$defs/archive"}},
        "stores": {"description": "Repositories that hold the packages, too.", "$ref": "#/$defs/texts"}
      }
    },
    "cache": {
      "type": "object",
      "required": ["place"],
      "additionalProperties": false,
      "properties": {
        "place": {"type": "string"},
        "trust": {"description": "The public key whose signature is needed: FILE, env:NAME or cmd:PROGRAM.", "type": "string"}
      }
    },
    "archive": {
      "type": "object",
      "required": ["uris", "suite"],
      "additionalProperties": false,
      "properties": {
        "uris": {"description": "Roots of one archive, asked in this order.", "$ref": "#/$defs/texts"},
        "suite": {"type": "string"},
        "components": {"description": "main unless given.", "$ref": "#/$defs/texts"},
        "signed-by": {"description": "A file with the archive's keys; the host's keyring unless given.", "type": "string"},
        "check-valid-until": {"type": "boolean", "default": true}
      }
    },
    "packages": {
      "type": "object",
      "additionalProperties": false,
      "properties": {
        "names": {"$ref": "#/$defs/texts"},
        "dependencies": {"enum": ["all", "none"], "default": "all"},
        "keep": {"description": "Of what is left out otherwise.", "$ref": "#/$defs/texts"},
        "allow-setid": {"type": "boolean", "default": false}
      }
    },
    "image": {
      "type": "object",
      "additionalProperties": false,
      "oneOf": [{"required": ["main"]}, {"required": ["binaries"]}],
      "properties": {
        "main": {"description": "The package to compile: ./cmd/api or an import path.", "type": "string"},
        "binaries": {
          "description": "Several packages; the first is the entrypoint.",
          "type": "array", "minItems": 1, "items": {"$ref": "#/$defs/binary"}
        },
        "build-tags": {"description": "Build tags of `main`.", "$ref": "#/$defs/texts"},
        "ldflags": {"description": "Linker flags of `main`, one an item.", "$ref": "#/$defs/texts"},
        "profile": {"description": "How `main` is compiled.", "$ref": "#/$defs/profile"},
        "lines": {"description": "Where the line tables of `main` go.", "$ref": "#/$defs/lines"},
        "inlining": {"description": "Which packages of `main` keep inlining.", "$ref": "#/$defs/inlining"},
        "cgo": {"description": "Whether `main` has C in it.", "$ref": "#/$defs/cgo"},
        "base": {"description": "static, base, debug, scratch or a reference to an image.", "type": "string", "default": "static"},
        "packages": {"description": "Debian packages on top of it.", "oneOf": [{"$ref": "#/$defs/texts"}, {"$ref": "#/$defs/packages"}]},
        "files": {"type": "array", "items": {"$ref": "#/$defs/file"}},
        "user": {"description": "root, nonroot, UID or UID:GID.", "type": ["string", "integer"]},
        "env": {"$ref": "#/$defs/map"},
        "entrypoint": {"$ref": "#/$defs/texts"},
        "args": {"$ref": "#/$defs/texts"},
        "working-dir": {"$ref": "#/$defs/path"},
        "ports": {
          "type": "array", "uniqueItems": true,
          "items": {"type": ["string", "integer"], "pattern": "^[1-9][0-9]*(/(tcp|udp|sctp))?$"}
        },
        "volumes": {"type": "array", "uniqueItems": true, "items": {"$ref": "#/$defs/path"}},
        "stop-signal": {"type": ["string", "integer"]},
        "labels": {"$ref": "#/$defs/map"},
        "annotations": {"$ref": "#/$defs/map"},
        "platforms": {"description": "The host's unless given.", "type": "array", "minItems": 1,
          "uniqueItems": true, "items": {"type": "string"}},
        "compression": {"oneOf": [{"$ref": "#/$defs/format"}, {"$ref": "#/$defs/compression"}]},
        "push": {
          "description": "Repositories of registries.",
          "oneOf": [{"type": "string"}, {"type": "array", "uniqueItems": true, "items": {"type": "string"}}]
        },
        "tags": {"description": "Tags of the image.", "$ref": "#/$defs/texts"},
        "limits": {"description": "How large it may be, compressed; what memory it may need.", "$ref": "#/$defs/limits"},
        "memory": {"description": "What the container will be given: sets GOMEMLIMIT.", "oneOf": [{"$ref": "#/$defs/size"}, {"$ref": "#/$defs/memory"}]},
        "smoke": {"description": "How `build --smoke` runs it before it is delivered.", "$ref": "#/$defs/smoke"}
      }
    },
    "binary": {
      "type": "object",
      "required": ["main"],
      "additionalProperties": false,
      "properties": {
        "main": {"type": "string"},
        "path": {"description": "Where in the image the program goes.", "$ref": "#/$defs/path"},
        "tags": {"description": "Build tags.", "$ref": "#/$defs/texts"},
        "ldflags": {"description": "Linker flags, one an item.", "$ref": "#/$defs/texts"},
        "profile": {"$ref": "#/$defs/profile"},
        "lines": {"$ref": "#/$defs/lines"},
        "inlining": {"$ref": "#/$defs/inlining"},
        "cgo": {"$ref": "#/$defs/cgo"}
      }
    },
    "file": {
      "type": "object",
      "required": ["from", "to"],
      "additionalProperties": false,
      "properties": {
        "from": {"description": "A file or folder beside the spec.", "type": "string", "minLength": 1},
        "to": {"$ref": "#/$defs/path"},
        "mode": {"description": "Of files; octal, in quotes.", "type": "string", "pattern": "^0?[0-7]{3,4}$"},
        "owner": {"description": "root, nonroot, UID or UID:GID.", "type": ["string", "integer"]},
        "allow-setid": {"description": "The mode may set setuid, setgid or the sticky bit.", "type": "boolean"}
      }
    },
    "limits": {
      "type": "object",
      "additionalProperties": false,
      "minProperties": 1,
      "properties": {
        "image": {"description": "All layers of one platform.", "$ref": "#/$defs/size"},
        "layer": {"description": "Each layer.", "$ref": "#/$defs/size"},
        "layers": {
          "type": "object",
          "propertyNames": {"enum": ["base", "packages", "files", "binaries"]},
          "additionalProperties": {"$ref": "#/$defs/size"}
        },
        "modules": {"description": "By path; std is Go's own library.", "$ref": "#/$defs/sizes"},
        "packages": {"description": "By import path.", "$ref": "#/$defs/sizes"},
        "memory": {"description": "Under which it has to live with `build --smoke`.", "$ref": "#/$defs/size"}
      }
    },
    "memory": {
      "type": "object",
      "required": ["limit"],
      "additionalProperties": false,
      "properties": {
        "limit": {"$ref": "#/$defs/size"},
        "share": {"description": "How much of it GOMEMLIMIT is.", "type": "string", "pattern": "^([1-9][0-9]?|100)%$", "default": "90%"}
      }
    },
    "smoke": {
      "type": "object",
      "additionalProperties": false,
      "properties": {
        "ready": {"description": "URL in the container that answers when it is ready.", "type": "string"},
        "load": {"description": "URL in the container to ask for, or a file of requests beside the spec.", "type": "string"},
        "stages": {"description": "How often and how long: 50/s:2s,200/s:2s.", "type": "string"},
        "for": {"description": "How long it runs.", "type": "string"},
        "env": {"$ref": "#/$defs/map"}
      }
    },
    "size": {"type": ["string", "integer"], "pattern": "^[0-9]+([.][0-9]{1,3})? ?([kMG]B|[KMG]iB|B)?$", "minimum": 1},
    "sizes": {"type": "object", "additionalProperties": {"$ref": "#/$defs/size"}},
    "compression": {
      "type": "object",
      "additionalProperties": false,
      "properties": {
        "format": {"$ref": "#/$defs/format"},
        "level": {"enum": ["fast", "balanced", "smallest"]}
      }
    },
    "format": {"enum": ["gzip", "zstd", "estargz", "zstd:chunked", "none"]},
    "profile": {"enum": ["debug", "small", "smallest"]},
    "cgo": {"enum": ["off", "static", "static-musl", "static-glibc"], "default": "off"},
    "lines": {"enum": ["keep", "split"]},
    "inlining": {
      "oneOf": [
        {"enum": ["all", "hot", "none"]},
        {
          "type": "object",
          "additionalProperties": false,
          "properties": {
            "rule": {"description": "hot unless given; with `profile`, none.", "enum": ["hot", "none"]},
            "profile": {"description": "A CPU profile of pprof beside the spec: its packages keep inlining.", "type": "string", "minLength": 1},
            "keep": {"description": "Packages that keep inlining: patterns of import paths.", "$ref": "#/$defs/texts"}
          }
        }
      ]
    },
    "path": {"type": "string", "pattern": "^/"},
    "texts": {"type": "array", "items": {"type": ["string", "number", "boolean"]}},
    "map": {"type": "object", "additionalProperties": {"type": ["string", "number", "boolean"]}}
  }
}
)json";
}

}  // namespace whittle::builder
