module ciliummonitor

go 1.19
