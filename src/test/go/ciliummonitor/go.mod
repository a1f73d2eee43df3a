module ciliummonitor

go 1.22
