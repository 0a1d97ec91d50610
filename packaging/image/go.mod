module whittle.example/image

go 1.26.0
